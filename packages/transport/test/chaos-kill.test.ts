/** Workers are killed while they send, over and over, and everything is counted. */
import { randomUUID } from "node:crypto";
import { amqpUrl } from "@esme/services";
import { connect } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/secret.ts";
import { Application } from "./application.ts";
import { Traffic } from "./traffic.ts";
import { WorkerProcess } from "./worker-process.ts";

/** A longer run: ESME_CHAOS_KILLS=200 npx vitest run --project transport chaos-kill. */
const kills = Number(process.env["ESME_CHAOS_KILLS"] ?? 6);
const messages = kills * 500;
const concurrency = 20;

describe.runIf(amqpUrl)("with RabbitMQ", () => {
  test("kill -9 in a loop: every message has its event, and what was sent twice is marked", {
    timeout: 60_000 + kills * 5_000,
  }, async () => {
    const name = `esme-test-${randomUUID()}`;
    const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? "") });
    const application = await Application.on(broker, name);
    const traffic = new Traffic(application);
    await application.listen();
    const { port } = await traffic.serve({ port: 0 });
    const words = ["--transport-name", name, "--host", "127.0.0.1", "--port", String(port)];
    const flags = ["--worker-concurrency", String(concurrency), "--reconnect-max-delay", "1"];
    const start = () => new WorkerProcess([...words, ...flags], { AMQP_URL: amqpUrl });
    const workers = [start(), start()];
    onTestFinished(async () => {
      for (const worker of workers) worker.kill("SIGKILL");
      await Promise.all(workers.map((worker) => worker.ended()));
      await broker.close();
      await traffic.close();
      const connection = await connect(amqpUrl ?? "");
      const channel = await connection.createChannel();
      for (const queue of ["outbound", "event", "inbound", "failed"]) {
        await channel.deleteQueue(`${name}.${queue}`);
      }
      await connection.close();
    });

    await traffic.send(messages);
    for (let kill = 1; kill <= kills; kill++) {
      await traffic.until(() => traffic.settled >= (messages * kill) / (kills + 1));
      // In turn: while one starts again the other one works.
      const victim = workers.shift();
      victim?.kill("SIGKILL");
      await victim?.ended();
      workers.push(start());
    }
    await traffic.finish();
    expect(traffic.faults()).toEqual([]);
    // Only what was in hand when its worker died.
    expect(traffic.duplicates).toBeLessThanOrEqual(kills * concurrency);
    expect(application.failed.size).toBe(0);
  });
});

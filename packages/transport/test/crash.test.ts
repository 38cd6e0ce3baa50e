/** What a killed worker leaves behind, on a real RabbitMQ. */
import { randomUUID } from "node:crypto";
import { amqpUrl } from "@esme/services";
import { Smsc } from "@esme/smsc";
import { connect } from "amqplib";
import { describe, expect, test } from "vitest";
import { RabbitBroker } from "../src/rabbit-broker.ts";
import { Secret } from "../src/secret.ts";
import { Application } from "./application.ts";
import { WorkerProcess } from "./worker-process.ts";

const count = 200;

describe.runIf(amqpUrl)("with RabbitMQ", () => {
  test("kill -9 with messages in flight: after a new start every message has its event", {
    timeout: 60_000,
  }, async () => {
    const name = `esme-test-${randomUUID()}`;
    const smsc = new Smsc({ port: 0 });
    await smsc.listen();
    // Answers come late, so that the window is full of unanswered submits at any time.
    smsc.behave({ fault: "delay", ms: [1, 20] });
    const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? "") });
    const application = await Application.on(broker, name);
    await application.listen();
    const words = ["--transport-name", name, "--host", "127.0.0.1", "--port", String(smsc.port)];
    const environment = { AMQP_URL: amqpUrl };

    const sent = await Promise.all(
      Array.from({ length: count }, (_, index) => application.send(`message ${index}`)),
    );
    const seen = new Set<string>();
    let kills = 0;
    for (let next = 40; seen.size < count; next += 40) {
      const worker = new WorkerProcess(words, environment);
      while (seen.size < Math.min(next, count)) {
        const { user_message_id, event_type } = await application.events.next();
        expect(event_type).toBe("ack");
        seen.add(user_message_id);
      }
      if (seen.size < count) {
        worker.kill("SIGKILL");
        kills += 1;
      } else {
        worker.kill("SIGTERM");
      }
      await worker.ended();
    }
    expect(kills).toBeGreaterThanOrEqual(3);
    expect([...seen].sort()).toEqual(sent.sort());

    await smsc.close();
    await broker.close();
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    for (const queue of ["outbound", "event", "inbound", "failed"]) {
      const { messageCount } = await channel.deleteQueue(`${name}.${queue}`);
      expect(messageCount).toBe(0);
    }
    await connection.close();
  });
});

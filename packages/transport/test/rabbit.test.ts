/** The worker on a real RabbitMQ that comes and goes. */
import { randomUUID } from "node:crypto";
import { amqpUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { Smsc } from "@esme/smsc";
import { connect } from "amqplib";
import { afterEach, describe, expect, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A worker that reaches RabbitMQ through a relay, and an application that reaches it directly. */
async function prepare() {
  const name = `esme-test-${randomUUID()}`;
  const smsc = new Smsc({ port: 0 });
  await smsc.listen();
  closing.push(() => smsc.close());
  const proxy = await TcpProxy.to(amqpUrl ?? "");
  const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? "") });
  const application = await Application.on(broker, name);
  await application.listen();
  closing.push(async () => {
    await broker.close();
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    for (const queue of ["outbound", "event", "inbound", "failed"]) {
      await channel.deleteQueue(`${name}.${queue}`);
    }
    await connection.close();
    await proxy.close();
  });
  const log = new RecordingLogger();
  const transport = new SmppTransport(
    { transport_name: name, amqp_url: proxy.url, host: "127.0.0.1", port: smsc.port },
    { logger: log },
  );
  closing.push(() => transport.stop());
  return { application, log, proxy, smsc, transport };
}

describe.runIf(amqpUrl)("with RabbitMQ", () => {
  test("a worker that finds no broker says so, waits, and works once there is one", async () => {
    const { application, log, proxy, transport } = await prepare();
    proxy.refuse();
    const started = transport.start();
    await log.until("error", "broker not connected, trying again");
    const id = await application.send("hello");
    proxy.relay();
    await started;
    expect(await application.events.next()).toMatchObject({
      event_type: "ack",
      user_message_id: id,
    });
    expect(log.text()).not.toContain(new URL(amqpUrl ?? "").password);
  });

  test("a broker lost between submit and event: one submit, one event for each message", async () => {
    const { application, proxy, smsc, transport } = await prepare();
    const submitted: string[] = [];
    smsc.on("submit", ({ to }) => submitted.push(to));
    // The connection is cut while the first ten submits wait for their answers.
    smsc.behave({ fault: "delay", ms: 50 });
    const cut = new Promise<void>((resolve) => {
      smsc.on("submit", () => {
        if (submitted.length === 10) resolve();
      });
    });
    await transport.start();
    const numbers = Array.from({ length: 30 }, (_, index) => `2782000${1000 + index}`);
    const ids = await Promise.all(numbers.map((to_addr) => application.send("hello", { to_addr })));
    await cut;
    proxy.cut();
    const events = await Promise.all(ids.map(() => application.events.next()));
    expect(events.map(({ user_message_id }) => user_message_id).sort()).toEqual(ids.sort());
    expect(submitted.sort()).toEqual(numbers.sort());
  });
});

/** A worker on quorum queues with the limit of RabbitMQ 4, an SMSC that answers as told, and all counts. */
import { randomUUID } from "node:crypto";
import type { Event } from "@esme/messages";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { Smsc } from "@esme/smsc";
import { connect } from "amqplib";
import { onTestFinished } from "vitest";
import type { Consumer, Delivery } from "../src/broker/broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";

export const concurrency = 5;

/** Keeps how often each message had been given back that was delivered, and how many consumers there are. */
class CountingBroker extends RabbitBroker {
  readonly givenBack: number[] = [];
  consumers = 0;

  override async consume(
    queue: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    const consumer = await super.consume(queue, prefetch, (delivery) => {
      this.givenBack.push(delivery.givenBack);
      onDelivery(delivery);
    });
    this.consumers += 1;
    const cancel = async (): Promise<void> => {
      await consumer.cancel();
      this.consumers -= 1;
    };
    return { cancel };
  }
}

/** Names a transport whose queues are there, until the test is over. */
async function queuesOn(amqpUrl: string) {
  const name = `esme-test-${randomUUID()}`;
  const queues = ["outbound", "inbound", "event", "failed"].map((kind) => `${name}.${kind}`);
  const connection = await connect(amqpUrl);
  const channel = await connection.createChannel();
  const options = { arguments: { "x-queue-type": "quorum", "x-delivery-limit": 20 } };
  for (const queue of queues) await channel.assertQueue(queue, options);
  onTestFinished(async () => {
    for (const queue of queues) await channel.deleteQueue(queue);
    await connection.close();
  });
  const outbound = `${name}.outbound`;
  return { name, outbound, look: () => channel.checkQueue(outbound) };
}

/** A worker that is not started yet, and an application that listens. */
export async function openQuorum(amqpUrl: string, config: TransportConfigInput = {}) {
  const { name, outbound, look } = await queuesOn(amqpUrl);
  const [url, logger] = [new Secret(amqpUrl), new RecordingLogger()];
  const [outside, broker] = [new RabbitBroker({ url }), new CountingBroker({ url })];
  onTestFinished(async () => {
    await Promise.all([outside.close(), broker.close()]);
  });
  const application = await Application.on(outside, name);
  await application.listen();
  const says = { status: 0 };
  const smsc = await new Smsc({ port: 0, onSubmit: () => says.status }).listen();
  const proxy = await TcpProxy.to(`tcp://127.0.0.1:${smsc.port}`);
  onTestFinished(async () => {
    await Promise.all([smsc.close(), proxy.close()]);
  });
  const transport = new SmppTransport(
    {
      transport_name: name,
      host: "127.0.0.1",
      port: Number(new URL(proxy.url).port),
      worker_concurrency: concurrency,
      statuses: { "0x401": { meaning: "no credit left", reaction: "stop" } },
      throttle: { initial_pause: 0.02, max_pause: 0.1 },
      reconnect: { initial_delay: 0.02, max_delay: 0.1 },
      ...config,
    },
    { broker, logger },
  );
  onTestFinished(() => transport.stop());
  return {
    application,
    givenBack: broker.givenBack,
    log: logger,
    outbound,
    proxy,
    says,
    transport,
    /** Not the queue's own count: to a quorum queue a cancelled consumer with messages in hand is one. */
    consumers: () => broker.consumers,
    /** Messages on the queue, without those that somebody has in hand. */
    waiting: async () => (await look()).messageCount,
    paused: async () => (await transport.health()).components.smpp.paused,
    send: (count: number): Promise<string[]> =>
      Promise.all(Array.from({ length: count }, () => application.send("hello"))),
    events: (count: number): Promise<Event[]> =>
      Promise.all(Array.from({ length: count }, () => application.events.next())),
  };
}

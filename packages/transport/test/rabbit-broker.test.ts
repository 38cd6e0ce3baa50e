/** What RabbitBroker does on its socket. */
import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { amqpUrl } from "@esme/services";
import { connect } from "amqplib";
import { describe, expect, test } from "vitest";
import type { Delivery } from "../src/broker/broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";

/** A socket that was connected meanwhile. */
async function socketOf(connect: () => Promise<void>): Promise<Socket> {
  const sockets: Socket[] = [];
  const onSocket = (message: unknown): void => {
    if (typeof message !== "object" || message === null || !("socket" in message)) return;
    if (message.socket instanceof Socket) sockets.push(message.socket);
  };
  subscribe("net.client.socket", onSocket);
  await connect();
  unsubscribe("net.client.socket", onSocket);
  const [socket] = sockets;
  if (!socket) throw new Error("no socket was connected");
  return socket;
}

/** Counts what the socket hands to the system, which Node.js does by these two methods. */
function countWrites(socket: Socket): () => number {
  let writes = 0;
  for (const name of ["_write", "_writev"] as const) {
    const original: unknown = Reflect.get(socket, name);
    if (typeof original !== "function") throw new Error(`a socket without ${name}`);
    Reflect.set(socket, name, (...parts: unknown[]) => {
      writes += 1;
      return Reflect.apply(original, socket, parts);
    });
  }
  return () => writes;
}

/** Deletes the queue and the exchange of that name. */
async function remove(name: string): Promise<void> {
  const connection = await connect(amqpUrl ?? "");
  const channel = await connection.createChannel();
  await channel.deleteQueue(name);
  await channel.deleteExchange(name);
  await connection.close();
}

describe.runIf(amqpUrl)("with RabbitMQ", () => {
  test("what is published in one turn leaves in one write", async () => {
    const name = `esme-test-${randomUUID()}`;
    const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? ""), exchange: name });
    const socket = await socketOf(() => broker.connect());
    await broker.declareQueue(name);
    const writes = countWrites(socket);
    const body = Buffer.alloc(1_000);
    await Promise.all(Array.from({ length: 200 }, () => broker.publish(name, body)));
    expect(writes()).toBeLessThanOrEqual(2);
    await broker.close();
    await remove(name);
  });

  test("what is on its way to a consumer that is cancelled comes, and is acknowledged", async () => {
    const name = `esme-test-${randomUUID()}`;
    const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? ""), exchange: name });
    await broker.connect();
    await broker.declareQueue(name);
    const count = 500;
    // More than are taken, so that each round has five.
    const body = Buffer.alloc(10);
    await Promise.all(Array.from({ length: 2 * count }, () => broker.publish(name, body)));
    let acked = 0;
    let again = 0;
    while (acked < count && again === 0) {
      const inHand: Delivery[] = [];
      let full = (): void => {};
      const isFull = new Promise<void>((resolve) => {
        full = resolve;
      });
      let isEnding = false;
      const settle = ({ ack, redelivered }: Delivery): void => {
        again += redelivered || !ack() ? 1 : 0;
        acked += 1;
      };
      const consumer = await broker.consume(name, 5, (delivery) => {
        if (isEnding) return settle(delivery);
        inHand.push(delivery);
        if (inHand.length === 5) full();
      });
      await isFull;
      // The broker sends as many as are acknowledged, while the consumer ends and the others are, too.
      isEnding = true;
      for (const delivery of inHand.splice(0, 3)) settle(delivery);
      await turn();
      const cancelled = consumer.cancel();
      for (const delivery of inHand.splice(0)) settle(delivery);
      await cancelled;
    }
    expect(again).toBe(0);
    await broker.close();
    await remove(name);
  });
});

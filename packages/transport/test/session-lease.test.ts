import { randomUUID } from "node:crypto";
import { amqpUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { InMemorySessionLease, SessionSlots } from "../src/lease/in-memory-session-lease.ts";
import { RabbitSessionLease } from "../src/lease/rabbit-session-lease.ts";
import type { Grant } from "../src/lease/session-lease.ts";
import { Inbox } from "./inbox.ts";
import { leaseDemands } from "./session-lease-contract.ts";
import { silentLogger } from "./silent-logger.ts";

test.each(leaseDemands)("in memory: %s", (_, show) =>
  show(async (count) => {
    const slots = new SessionSlots(count);
    return [new InMemorySessionLease(slots), new InMemorySessionLease(slots)];
  }),
);

describe.runIf(amqpUrl).each(["classic", "quorum"] as const)("over RabbitMQ, %s", (queueType) => {
  const url = amqpUrl ?? "";
  const publisher = new RabbitBroker({ url: new Secret(url) });
  const names: string[] = [];

  beforeAll(() => publisher.connect());

  afterAll(async () => {
    await publisher.close();
    const connection = await connect(url);
    const channel = await connection.createChannel();
    for (const name of names) {
      for (const queue of ["", ".0", ".1", ".2"])
        await channel.deleteQueue(`${name}.session${queue}`);
    }
    await connection.close();
  });

  function newName(): string {
    const name = `esme-test-${randomUUID()}`;
    names.push(name);
    return name;
  }

  async function lease(transportName: string, slots: number, at = url) {
    const broker = new RabbitBroker({ url: new Secret(at), heartbeat: 2, initialDelay: 20 });
    await broker.connect();
    const lease = new RabbitSessionLease({
      ...{ transportName, slots, broker, publisher, queueType },
      ...{ heartbeat: 2, logger: silentLogger },
    });
    onTestFinished(async () => {
      await lease.close();
      await broker.close();
    });
    const grants = new Inbox<Grant>();
    return { broker, lease, grants, start: () => lease.start((grant) => grants.put(grant)) };
  }

  test.each(leaseDemands)("%s", (_, show) =>
    show(async (slots) => {
      const name = newName();
      return [(await lease(name, slots)).lease, (await lease(name, slots)).lease];
    }),
  );

  test("a slot goes to the other when the connection of its holder dies, and not before", async () => {
    const name = newName();
    const relay = await TcpProxy.to(url);
    onTestFinished(() => relay.close());
    const [one, other] = [await lease(name, 1, relay.url), await lease(name, 1)];
    one.start();
    const grant = await one.grants.next();
    other.start();
    relay.refuse();
    relay.cut();
    const next = await other.grants.next();
    expect([grant.isHeld(), grant.lost.aborted, next.isHeld()]).toEqual([false, true, true]);
  });

  test("a holder whose connection is silent stops before the slot goes to the other", async () => {
    const name = newName();
    const relay = await TcpProxy.to(url);
    onTestFinished(() => relay.close());
    const [one, other] = [await lease(name, 1, relay.url), await lease(name, 1)];
    one.start();
    const grant = await one.grants.next();
    let overlapped = false;
    other.lease.start((next) => {
      overlapped = grant.isHeld() || !grant.lost.aborted;
      other.grants.put(next);
    });
    relay.hold();
    await other.grants.next();
    expect(overlapped).toBe(false);
  }, 30_000);

  test("a token that was lost is replaced, and a queue that is deleted made again", async () => {
    const name = newName();
    const [one, other] = [await lease(name, 1), await lease(name, 1)];
    one.start();
    const grant = await one.grants.next();
    other.start();
    const connection = await connect(url);
    onTestFinished(() => connection.close());
    const channel = await connection.createChannel();
    await channel.deleteQueue(`${name}.session.0`);
    await expect.poll(() => grant.lost.aborted).toBe(true);
    await expect.poll(() => one.lease.report.held + other.lease.report.held).toBe(1);
  });
});

/** A worker that is started and stopped at any moment: nothing of it is left. */
import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { amqpUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { connect } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { silentLogger } from "./silent-logger.ts";
import { prepare } from "./world.ts";

/** A worker with a broker, an HTTP server and a listener for outbinds of its own, or a session. */
async function own(config: TransportConfigInput) {
  const { smsc } = await prepare();
  const transport = new SmppTransport(
    { host: "127.0.0.1", port: smsc.port, http_bind: "127.0.0.1:0", ...config },
    { logger: silentLogger },
  );
  onTestFinished(() => transport.stop());
  return { smsc, transport };
}

/** So many turns of the event loop: what starts takes some of them for each of its steps. */
async function turns(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await turn();
}

const moments: readonly (readonly [string, (started: Promise<unknown>) => Promise<unknown>])[] = [
  ["at once", async () => {}],
  ["in the next turn", () => turns(1)],
  ...[2, 3, 5, 8, 13, 21].map((count) => [`${count} turns later`, () => turns(count)] as const),
  ["once it is started", (started) => started],
];

describe.each([
  ["prepared before", true],
  ["not prepared", false],
])("a worker, %s,", (_, prepared) => {
  describe.each([
    ["with sessions", {}],
    ["that waits for outbinds", { outbind: { listen: "127.0.0.1:0", system_id: "smsc" } }],
  ] as const)("%s", (_, config) => {
    test.each(moments)("that is stopped %s leaves nothing behind", async (_, moment) => {
      const { smsc, transport } = await own({ amqp_url: "memory:", ...config });
      if (prepared) await transport.prepare();
      const started = transport.start().then(
        () => "started",
        () => "stopped",
      );
      await moment(started);
      await transport.stop();
      expect(["started", "stopped"]).toContain(await started);
      expect(transport.broker.connected).toBe(false);
      expect([transport.httpPort, transport.outbindPort]).toEqual([0, 0]);
      // What was on its way at the stop would have come by then.
      await turns(20);
      expect(smsc.sessions).toEqual([]);
      expect(transport.broker.connected).toBe(false);
    });
  });
});

describe.runIf(amqpUrl)("a worker on RabbitMQ", () => {
  test.each(moments)("that is stopped %s leaves no connection", async (_, moment) => {
    const proxy = await TcpProxy.to(amqpUrl ?? "");
    onTestFinished(() => proxy.close());
    const name = `esme-test-${randomUUID()}`;
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    onTestFinished(async () => {
      for (const kind of ["outbound", "inbound", "event", "failed"]) {
        await channel.deleteQueue(`${name}.${kind}`);
      }
      await connection.close();
    });
    const { smsc, transport } = await own({ amqp_url: proxy.url, transport_name: name });
    const started = transport.start().catch(() => {});
    await moment(started);
    await transport.stop();
    await started;
    await proxy.idle;
    expect(transport.broker.connected).toBe(false);
    await turns(20);
    expect(smsc.sessions).toEqual([]);
  });
});

test("a second start shares the first, and so does a second stop", async () => {
  const { transport } = await own({ amqp_url: "memory:" });
  const first = transport.start();
  expect(transport.start()).toBe(first);
  await first;
  const stopped = transport.stop();
  expect(transport.stop()).toBe(stopped);
  await stopped;
});

test("after a stop it does not start again, and says what to do", async () => {
  const { transport } = await own({ amqp_url: "memory:" });
  await transport.stop();
  await expect(transport.start()).rejects.toThrow(/make a new SmppTransport/);
  await expect(transport.prepare()).rejects.toThrow(/stopped/);
});

test("a broker of the program's own stays as it is, without our listeners", async () => {
  const { broker, transport } = await prepare();
  await transport.start();
  await transport.stop();
  expect(broker.connected).toBe(true);
  expect(broker.eventNames()).toEqual([]);
});

/** One rate for several workers, on a real Redis that comes and goes. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { Status } from "@esme/pdu";
import { redisUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { describe, expect, onTestFinished, test } from "vitest";
import { AccountRate } from "../src/link/account-rate.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { start } from "./world.ts";

function rateOf(account: string, perSecond: number, url = redisUrl ?? "") {
  const log = new RecordingLogger();
  const metrics = new Metrics();
  const rate = new AccountRate({ address: { url }, account, perSecond, logger: log, metrics });
  onTestFinished(() => rate.close());
  return { rate, log, metrics };
}

const account = () => `test:${randomUUID()}`;

/** Takes so many places, and tells when each was had, in milliseconds from the first. */
async function take(rate: AccountRate, count: number): Promise<number[]> {
  const times = await Promise.all(
    Array.from({ length: count }, () => rate.take().then(() => performance.now())),
  );
  return times.map((time) => time - (times[0] ?? 0));
}

/** A server that takes connections and says nothing. */
async function silentServer(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on("error", () => {})));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("not listening");
  return `redis://127.0.0.1:${address.port}`;
}

describe("the rate of an account", () => {
  test("is kept by one worker", async () => {
    const { rate } = rateOf(account(), 50);
    const begin = performance.now();
    const times = await take(rate, 15);
    // Five at once, a tenth of a second's, then one each 20 ms.
    expect(performance.now() - begin).toBeGreaterThan(195);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("is counted as what parts wait for", async () => {
    const { rate, metrics } = rateOf(account(), 50);
    await Promise.all(
      Array.from({ length: 10 }, () => rate.whenAllowed(undefined, async () => {})),
    );
    const { count, max } = metrics.accountRate.counts();
    expect(count).toBe(10);
    expect(max).toBeGreaterThan(80);
  });

  test("is kept by several together", async () => {
    const name = account();
    const workers = [1, 2, 3].map(() => rateOf(name, 50).rate);
    const begin = performance.now();
    await Promise.all(workers.map((worker) => take(worker, 8)));
    // 24 places, 5 of them at once.
    expect(performance.now() - begin).toBeGreaterThan(350);
  });

  test("of another account is another one", async () => {
    const [one, other] = [rateOf(account(), 1).rate, rateOf(account(), 1).rate];
    await Promise.all([one.take(), other.take()]);
  });

  test("is this worker's share while Redis is away, and shared again after", async () => {
    const proxy = await TcpProxy.to(redisUrl ?? "");
    onTestFinished(() => proxy.close());
    const name = account();
    const { rate, log } = rateOf(name, 100, proxy.url);
    const other = rateOf(name, 100).rate;
    await other.take();
    await rate.take();
    proxy.refuse();
    proxy.cut();
    const begin = performance.now();
    await take(rate, 6);
    const milliseconds = performance.now() - begin;
    await log.until("error", "Redis is away, sending at this worker's share of the rate");
    expect(rate.connected).toBe(false);
    // Two workers were seen: 50 a second for each, and the first of six at once.
    expect(milliseconds).toBeGreaterThan(95);
    proxy.relay();
    const back = log.until("info", "Redis answers again, the account's rate is shared");
    while (!rate.connected) await rate.take();
    await back;
  });

  test.each([
    ["refuses connections", async () => "redis://127.0.0.1:1"],
    ["is connected and silent", silentServer],
  ])("is this worker's whole share while Redis %s", async (_, server) => {
    const { rate, log } = rateOf(account(), 100, await server());
    const waiting = Array.from({ length: 101 }, () => rate.take());
    await log.until("error", "Redis is away, sending at this worker's share of the rate");
    const begin = performance.now();
    await Promise.all(waiting);
    const seconds = (performance.now() - begin) / 1_000;
    // A second's worth; before, a part took a second.
    expect(seconds).toBeGreaterThan(0.8);
    expect(seconds).toBeLessThan(4);
  });

  test("what was given up takes no place when Redis is back", async () => {
    const proxy = await TcpProxy.to(redisUrl ?? "");
    onTestFinished(() => proxy.close());
    const name = account();
    const { rate, log } = rateOf(name, 10, proxy.url);
    await rate.take();
    proxy.hold();
    // Asks for 50 places, which is five seconds' worth, and hears nothing.
    const waiting = Array.from({ length: 50 }, () => rate.take(1_500).catch(() => {}));
    await log.until("error", "Redis is away, sending at this worker's share of the rate");
    await Promise.all(waiting);
    proxy.relay();
    await log.until("info", "Redis answers again, the account's rate is shared");
    const other = rateOf(name, 10).rate;
    const begin = performance.now();
    await other.take();
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  test("counts what a request queue sends once more, before the parts that wait", async () => {
    const name = account();
    const { rate } = rateOf(name, 10);
    await rate.take();
    for (let times = 0; times < 5; times += 1) rate.resent(0);
    const begin = performance.now();
    await Promise.all([rate.take(), rateOf(name, 10).rate.take()]);
    // Five places of a tenth of a second each come first.
    expect(performance.now() - begin).toBeGreaterThan(400);
  });

  test("has a place for each part that the SMSC throttled and got once more", async () => {
    let submits = 0;
    const { application, smsc } = await start({
      config: { mt_tps: 2, mt_tps_redis_url: redisUrl ?? "", throttle: { initial_pause: 0.01 } },
      smsc: {
        onSubmit: () => (submits++ === 0 ? { command_status: Status.ESME_RTHROTTLED } : undefined),
      },
    });
    const begin = performance.now();
    await application.send("hello");
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    expect(submits).toBe(2);
    await rateOf(`127.0.0.1:${smsc.port}:smppclient1`, 2).rate.take();
    // The third place of two a second.
    expect(performance.now() - begin).toBeGreaterThan(900);
  });

  test("gives no leave before the SMSC's pause is over", async () => {
    const { rate } = rateOf(account(), 1_000);
    await rate.take();
    const until = performance.now() + 150;
    rate.resent(until);
    await rate.take();
    expect(performance.now()).toBeGreaterThanOrEqual(until);
  });

  test("waits no longer than it may, and takes no place then", async () => {
    const { rate } = rateOf(account(), 2);
    await rate.take();
    const late = rate.take(30);
    const next = rate.take();
    await expect(late).rejects.toMatchObject({ code: "wait_timeout", written: false });
    const begin = performance.now();
    await next;
    expect(performance.now() - begin).toBeLessThan(900);
    expect(rate.waiting).toBe(0);
  });

  test("closed while Redis is silent, it is closed at once", async () => {
    const { rate } = rateOf(account(), 10, await silentServer());
    const waiting = expect(rate.take()).rejects.toMatchObject({ code: "closed" });
    await rate.close();
    await waiting;
  });

  test("closed, it sends nobody away to wait for ever", async () => {
    const { rate } = rateOf(account(), 0.1);
    await rate.take();
    const waiting = expect(rate.take()).rejects.toMatchObject({ code: "closed", written: false });
    await rate.close();
    await waiting;
    await expect(rate.take()).rejects.toMatchObject({ code: "closed" });
  });
});

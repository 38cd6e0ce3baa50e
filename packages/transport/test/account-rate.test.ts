/** One rate for several workers, on a real Redis that comes and goes. */
import { randomUUID } from "node:crypto";
import { redisUrl } from "@esme/services";
import { describe, expect, onTestFinished, test } from "vitest";
import { Secret } from "../src/config/secret.ts";
import { AccountRate } from "../src/link/account-rate.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { TcpProxy } from "./tcp-proxy.ts";

function rateOf(account: string, perSecond: number, url = redisUrl ?? "") {
  const log = new RecordingLogger();
  const metrics = new Metrics();
  const rate = new AccountRate({ url: new Secret(url), account, perSecond, logger: log, metrics });
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

describe("the rate of an account", () => {
  test("is kept by one worker", async () => {
    const { rate } = rateOf(account(), 50);
    const times = await take(rate, 15);
    // Five at once, a tenth of a second's, then one each 20 ms.
    expect(times.at(-1)).toBeGreaterThan(180);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("is counted as what parts wait for", async () => {
    const { rate, metrics } = rateOf(account(), 50);
    await Promise.all(Array.from({ length: 10 }, () => rate.pace(undefined, async () => {})));
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
    const times = await take(rate, 4);
    await log.until("error", "Redis is away, sending at this worker's share of the rate");
    expect(rate.connected).toBe(false);
    // Two workers were seen: 50 a second for each.
    expect((times.at(-1) ?? 0) - (times[1] ?? 0)).toBeGreaterThan(35);
    proxy.relay();
    const back = log.until("info", "Redis answers again, the account's rate is shared");
    while (!rate.connected) await rate.take();
    await back;
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

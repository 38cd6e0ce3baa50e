/** References of long texts: workers of one account that keep their state in Redis share them. */
import { randomUUID } from "node:crypto";
import { newMessage } from "@esme/messages";
import { redisUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { expect, onTestFinished, test } from "vitest";
import { checkConfig } from "../src/config/config.ts";
import { buildPlugIns, type PlugIns } from "../src/plug-ins/plug-ins.ts";
import { SharedReferences } from "../src/plug-ins/shared-references.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { silentLogger } from "./silent-logger.ts";

const url = redisUrl ?? "";

async function plugInsOf(system_id: string, prefix: string): Promise<PlugIns> {
  const { config } = checkConfig({
    system_id,
    smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
    smpp_cache_config: { url, prefix },
  });
  const parts = await buildPlugIns(config, silentLogger, ".", () => {});
  onTestFinished(() => parts.close(1_000));
  return parts;
}

async function referenceBy({ submit }: PlugIns): Promise<number | undefined> {
  const message = newMessage({ to_addr: "1", from_addr: "2", content: "x".repeat(200) });
  const [pdu] = await submit.handleOutboundMessage(message);
  return pdu?.short_message?.[3]; // the header is 05 00 03, reference, total, number
}

test("texts of several workers have one after the other, whoever sends them", async () => {
  const account = ["account", `esme-test-${randomUUID()}`] as const;
  const workers = await Promise.all([
    plugInsOf(...account),
    plugInsOf(...account),
    plugInsOf(...account),
  ]);
  const seen: unknown[] = [];
  for (let text = 0; text < 250; text++) {
    const worker = workers[(text * 7) % 3];
    if (worker !== undefined) seen.push(await referenceBy(worker));
  }
  expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
  const together = await Promise.all(
    workers.flatMap((worker) => Array.from({ length: 50 }, () => referenceBy(worker))),
  );
  expect(new Set(together).size).toBe(150);
});

test("texts of another account have others", async () => {
  const prefix = `esme-test-${randomUUID()}`;
  const [one, other] = [await plugInsOf("one", prefix), await plugInsOf("other", prefix)];
  expect(await referenceBy(one)).toBe(1);
  expect(await referenceBy(other)).toBe(1);
});

test("while Redis is away each worker goes on alone, and no text waits again and again", async () => {
  const proxy = await TcpProxy.to(url);
  onTestFinished(() => proxy.close());
  const log = new RecordingLogger();
  const references = new SharedReferences(
    { address: { url: proxy.url }, key: `esme-test-${randomUUID()}` },
    log,
  );
  onTestFinished(() => references.close());
  expect(await references.next()).toBe(1);
  proxy.refuse();
  proxy.cut();
  const drawn = await Promise.all(Array.from({ length: 10 }, () => references.next()));
  expect(new Set(drawn).size).toBe(10);
  const begin = performance.now();
  for (let text = 0; text < 10; text++) drawn.push(await references.next());
  // A second each would be ten.
  expect(performance.now() - begin).toBeLessThan(5_000);
  expect(new Set(drawn).size).toBe(20);
  expect(log.messages("warn")).toEqual([
    "Redis is away, references of long texts are this worker's own",
  ]);
});

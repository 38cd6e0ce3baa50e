import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { redisUrl } from "@esme/services";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ledgerContract } from "../src/contract.ts";
import type { Ledger } from "../src/index.ts";
import { RedisLedger } from "../src/redis.ts";

describe.skipIf(!redisUrl)("RedisLedger", () => {
  const url = redisUrl ?? "redis://127.0.0.1:1";
  const client = createClient({ url });
  const root = `esme-test:${randomUUID()}`;
  const prefixes = new Map<Ledger, string>();

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    const used = await client.keys(`${root}*`);
    if (used.length > 0) await client.del(used);
    await client.close();
  });

  const newPrefix = () => `${root}:${randomUUID()}`;

  function create(options: object = {}, prefix = newPrefix()): RedisLedger {
    const ledger = new RedisLedger({ client, prefix, ...options });
    prefixes.set(ledger, prefix);
    return ledger;
  }

  describe("keeps the contract, two over one state", () => {
    const cases = ledgerContract({
      create: () => create(),
      createBeside: (other) => create({}, prefixes.get(other)),
    });
    test.each(cases)("$name", ({ run }) => run());
  });

  test("connects by URL and goes on where another process ended", async () => {
    const prefix = newPrefix();
    const before = new RedisLedger({ url, prefix });
    await before.open("msg-1").begin(1);
    await before.open("msg-2").end("sent");
    await before.close();
    const after = new RedisLedger({ url, prefix });
    expect(await after.open("msg-1").begin(1)).toEqual({ kind: "unknown" });
    expect(await after.open("msg-2").begin(1)).toEqual({ kind: "ended", outcome: "sent" });
    await after.close();
  });

  test("has free what a process had that was ended by kill -9, once its time is over", async () => {
    const prefix = newPrefix();
    const script = fileURLToPath(new URL("begin-and-die.ts", import.meta.url));
    const loader = ["--conditions=@esme/source", "--import", "tsx"];
    const child = spawn(process.execPath, [...loader, script, url, prefix], { stdio: "inherit" });
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
    const [alive = ""] = await client.keys(`${prefix}:process:*`);
    const ledger = create({}, prefix);
    expect(await ledger.open("msg-1").begin(1)).toEqual({ kind: "busy" });
    expect(await ledger.open("msg-2").begin(1)).toEqual({ kind: "ended", outcome: "sent" });
    expect(await client.pTTL(alive)).toBeGreaterThan(0);
    await client.del(alive);
    const entry = ledger.open("msg-1");
    expect(await entry.begin(2)).toEqual({ kind: "accepted", smppId: "smsc-2" });
    expect(await entry.begin(1)).toEqual({ kind: "unknown" });
    expect(await entry.begin(3)).toEqual({ kind: "begun" });
    await ledger.close();
  }, 30_000);

  test("lets one of many have what a process had that is gone", async () => {
    const prefix = newPrefix();
    const gone = create({}, prefix);
    await gone.open("msg-1").begin(1);
    await gone.close();
    const ledgers = Array.from({ length: 8 }, () => create({}, prefix));
    const answers = await Promise.all(ledgers.map((ledger) => ledger.open("msg-1").begin(1)));
    const kinds = answers.map(({ kind }) => kind).sort();
    expect(kinds).toEqual([...Array.from({ length: 7 }, () => "busy"), "unknown"]);
    await Promise.all(ledgers.map((ledger) => ledger.close()));
  });

  test("is there while it has time to say so, and asks who has a message when it had none", async () => {
    const prefix = newPrefix();
    const ledger = create({ presence: 0.3 }, prefix);
    const entry = ledger.open("msg-1");
    await entry.begin(1);
    const other = create({}, prefix);
    // Three times as long as it counts as there without a word.
    const since = performance.now();
    while (performance.now() - since < 900) {
      expect(await other.open("msg-1").begin(1)).toEqual({ kind: "busy" });
    }
    await ledger.close();
    expect(await other.open("msg-1").begin(2)).toEqual({ kind: "begun" });
    await other.close();
  });

  test("lets Redis forget messages in the time set", async () => {
    const prefix = newPrefix();
    const ledger = create({ ttl: 100 }, prefix);
    await ledger.open("msg-1").begin(1);
    await ledger.open("msg-2").end("sent");
    await ledger.open("msg-3").accepted(1, "smsc-3");
    for (const id of ["msg-1", "msg-2", "msg-3"]) {
      const left = await client.pTTL(`${prefix}:sent:${id}`);
      expect(left).toBeGreaterThan(99_000);
      expect(left).toBeLessThanOrEqual(100_000);
    }
    await ledger.close();
    expect(await client.keys(`${prefix}:process:*`)).toEqual([]);
  });

  test("says what to do when another program uses its key", async () => {
    const prefix = newPrefix();
    const ledger = create({}, prefix);
    await client.set(`${prefix}:sent:msg-1`, "not ours");
    await client.hSet(`${prefix}:sent:msg-2`, "not", "ours");
    for (const id of ["msg-1", "msg-2"]) {
      const refused = { code: "failed", message: expect.stringContaining(`${prefix}:sent:*`) };
      await expect(ledger.open(id).begin(1)).rejects.toMatchObject(refused);
      await expect(ledger.open(id).end("sent")).rejects.toMatchObject(refused);
    }
    await ledger.close();
  });

  test("rejects in time while Redis is away", async () => {
    const ledger = new RedisLedger({ url: "redis://127.0.0.1:1", answerTimeout: 0.1 });
    const entry = ledger.open("msg-1");
    for (const asked of [
      () => entry.begin(1),
      () => entry.accepted(1, "smsc-1"),
      () => entry.undo(1),
      () => entry.end("sent"),
      () => entry.release(),
      () => ledger.ping(),
    ]) {
      await expect(asked()).rejects.toMatchObject({ code: "unavailable" });
    }
    await ledger.close();
  });
});

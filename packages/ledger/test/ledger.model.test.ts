/** The ledger in Redis, by two processes, against the one in memory: any steps, the same answers. */
import { randomUUID } from "node:crypto";
import { modelTimeout, runModel } from "@esme/model";
import { redisUrl } from "@esme/services";
import fc from "fast-check";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InMemoryLedger, type Ledger, type LedgerEntry } from "../src/index.ts";
import { RedisLedger } from "../src/redis.ts";

const part = fc.constantFrom(1, 2);
const outcome = fc.constantFrom("sent", "refused");
const smppId = fc.constantFrom("smsc-1", "+smsc-2");

type Step =
  | ["begin", number, boolean]
  | ["accepted", number, string, string | undefined]
  | ["undo", number]
  | ["end", string]
  | ["release"];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant("begin" as const), part, fc.boolean()) },
  fc.tuple(fc.constant("accepted" as const), part, smppId, fc.option(outcome, { nil: undefined })),
  fc.tuple(fc.constant("undo" as const), part),
  fc.tuple(fc.constant("end" as const), outcome),
  fc.tuple(fc.constant("release" as const)),
);

/** Which of four entries takes which step: two of each process, three of one message. */
const steps = fc.array(fc.tuple(fc.nat(3), step), { maxLength: 30 });
const messages = ["msg-1", "msg-1", "msg-1", "msg-2"];

function perform(entry: LedgerEntry, step: Step): Promise<unknown> {
  switch (step[0]) {
    case "begin":
      return entry.begin(step[1], { again: step[2] });
    case "accepted":
      return entry.accepted(step[1], step[2], step[3]);
    case "undo":
      return entry.undo(step[1]);
    case "end":
      return entry.end(step[1]);
    case "release":
      return entry.release();
  }
}

describe.skipIf(!redisUrl)("RedisLedger", () => {
  const client = createClient({ url: redisUrl ?? "redis://127.0.0.1:1" });
  const root = `esme-test:${randomUUID()}`;

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    const used = await client.keys(`${root}*`);
    if (used.length > 0) await client.del(used);
    await client.close();
  });

  test("answers as the ledger in memory does", { timeout: modelTimeout }, () =>
    runModel(
      fc.asyncProperty(steps, async (sequence) => {
        const prefix = `${root}:${randomUUID()}`;
        const processes = [0, 1].map(() => new RedisLedger({ client, prefix }));
        const memory = new InMemoryLedger();
        const opened = messages.map((messageId, index) => {
          const shared: Ledger | undefined = processes[index % 2];
          return { entry: shared?.open(messageId), wanted: memory.open(messageId) };
        });
        for (const [which, step] of sequence) {
          const { entry, wanted } = opened[which] ?? {};
          if (entry === undefined || wanted === undefined) continue;
          expect(await perform(entry, step)).toEqual(await perform(wanted, step));
        }
        await Promise.all(processes.map((ledger) => ledger.close()));
      }),
    ),
  );
});

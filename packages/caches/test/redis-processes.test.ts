import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { redisUrl } from "@esme/services";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RedisSmppCache } from "../src/redis.ts";

const part = { source: "1", destination: "2", reference: 7, total: 2, sequence: 1 };

describe.skipIf(!redisUrl)("RedisSmppCache", () => {
  const url = redisUrl ?? "redis://127.0.0.1:1";
  const client = createClient({ url });
  const root = `esme-test:${randomUUID()}`;

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    const used = await client.keys(`${root}*`);
    if (used.length > 0) await client.del(used);
    await client.close();
  });

  const newPrefix = () => `${root}:${randomUUID()}`;
  const create = (prefix: string) => new RedisSmppCache({ client, prefix });

  /** A process that stores parts of three, and is gone. */
  async function storeAndDie(prefix: string, ...sequences: number[]): Promise<void> {
    const script = fileURLToPath(new URL("store-part.ts", import.meta.url));
    const loader = ["--conditions=@esme/source", "--import", "tsx"];
    const child = spawn(
      process.execPath,
      [...loader, script, url, prefix, ...sequences.map(String)],
      {
        stdio: "inherit",
      },
    );
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
  }

  const ofThree = (sequence: number) => ({
    ...part,
    total: 3,
    sequence,
    octets: Uint8Array.of(sequence),
  });

  test("goes on where a process was ended by kill -9 between parts", async () => {
    const prefix = newPrefix();
    await storeAndDie(prefix, 1, 3);
    const cache = create(prefix);
    expect(await cache.storeMultipart(ofThree(2))).toEqual(Uint8Array.of(1, 2, 3));
    expect(await cache.fetchSmppMessageId("smsc-1")).toEqual({
      messageId: "msg-1",
      info: { part: 1, total: 2 },
    });
  }, 30_000);

  test("gives a message out again whose process was ended by kill -9 before it was published", async () => {
    const prefix = newPrefix();
    await storeAndDie(prefix, 1, 2, 3);
    const cache = create(prefix);
    const again = async () => {
      for (;;) {
        const leased = await cache.leaseMultipart(ofThree(3), 60);
        if (leased.kind !== "leased") return leased;
      }
    };
    expect(await again()).toEqual({ kind: "whole", octets: Uint8Array.of(1, 2, 3) });
    await cache.settleMultipart(ofThree(3), true);
    expect(await client.keys(`${prefix}:parts*`)).toEqual([]);
  }, 30_000);
});

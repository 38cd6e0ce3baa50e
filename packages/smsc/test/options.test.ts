import { describe, expect, test } from "vitest";
import { Smsc, type SmscOptions } from "../src/index.ts";
import { resolved } from "../src/options.ts";

describe("resolved", () => {
  test("what is absent or undefined gets its default", () => {
    const { outcome, messageId, logger, ...plain } = resolved({ port: undefined });
    expect(plain).toEqual({
      port: 2775,
      host: "127.0.0.1",
      tls: undefined,
      system_id: "esme-smsc",
      accounts: undefined,
      onSubmit: undefined,
      receiptDelay: 100,
      receipts: {},
      validity: 86_400_000,
      ussdSession: "its_session_info",
      ussdTimeout: 60_000,
      storeLimit: 100_000,
      storeOctets: 64 << 20,
      queueLimit: 100_000,
      queueOctets: 128 << 20,
      maxConnections: 10_000,
      window: 10,
      requestTimeout: 30_000,
      retryDelay: 2_000,
      attempts: 10,
      bindTimeout: 30_000,
      enquireLinkInterval: 30_000,
      seed: 1,
    });
    expect([messageId(), messageId()]).toEqual(["0000000001", "0000000002"]);
  });

  test.each<[SmscOptions, string]>([
    [{ window: 0 }, "window is 0: expected a whole number from 1"],
    [{ attempts: 0 }, "attempts is 0"],
    [{ receiptDelay: -1 }, "receiptDelay is -1"],
    [{ receiptDelay: [0, 0.5] }, "receiptDelay is 0.5"],
    [{ validity: -1 }, "validity is -1"],
    [{ retryDelay: 2 ** 31 }, "retryDelay is 2147483648"],
    [{ storeLimit: 0.5 }, "storeLimit is 0.5"],
    [{ bindTimeout: Number.NaN }, "bindTimeout is NaN"],
    [{ system_id: "sixteen letters." }, "system_id has 16 characters: at most 15 fit"],
  ])("%o is refused", (options, message) => {
    expect(() => new Smsc(options)).toThrow(message);
  });
});

import { describe, expect, test } from "vitest";
import {
  type MobileText,
  type OutbindOptions,
  Smsc,
  SmscHttp,
  type SmscOptions,
} from "../src/index.ts";
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
    [{ window: 0 }, "Smsc: window: expected an integer of at least 1, got 0"],
    [{ attempts: 0 }, "attempts: expected an integer of at least 1, got 0"],
    [
      { receiptDelay: -1 },
      "receiptDelay: expected milliseconds, or two of them: [from, to], got -1",
    ],
    [{ receiptDelay: [0, -1] }, "receiptDelay: expected milliseconds, or two of them"],
    [{ validity: -1 }, "validity: expected an integer of at least 0, got -1"],
    [{ retryDelay: 2 ** 31 }, "retryDelay: expected milliseconds"],
    [{ storeLimit: 0.5 }, "storeLimit: expected an integer of at least 0, got 0.5"],
    [{ bindTimeout: Number.NaN }, "bindTimeout: expected milliseconds"],
    [{ port: 0.5 }, "port: expected an integer from 0 to 65535, got 0.5"],
    [{ port: 70_000 }, "port: expected an integer from 0 to 65535, got 70000"],
    [{ system_id: "sixteen letters." }, "system_id: expected at most 15 ASCII characters"],
    [
      { receipts: { dateDigits: 11 as 10 } },
      "Smsc: receipts: dateDigits: expected 10, 12 or 14, got 11",
    ],
    [
      {
        accounts: [
          { system_id: "esme", password: "1" },
          { system_id: "esme", password: "2" },
        ],
      },
      "Smsc: accounts[1]: its system_id is there twice",
    ],
  ])("%o is refused", (options, message) => {
    expect(() => new Smsc(options)).toThrow(message);
  });

  test.each<[object | string, string]>([
    [{ windw: 3 }, "Smsc: unknown option windw (number), did you mean window?"],
    [{ window: "3" }, "Smsc: window: expected an integer of at least 1, got a string"],
    ["2775", "Smsc: expected an object of options, got a string"],
    [{ ussdSession: "its" }, "Smsc: ussdSession: expected its_session_info or "],
    [
      { receipts: { wher: "tlvs" } },
      "Smsc: receipts: unknown key wher (string), did you mean where?",
    ],
    [{ accounts: ["esme:secret"] }, "Smsc: accounts[0]: expected an object of keys, got a string"],
    [{ accounts: [{ system_id: "esme", pasword: "secret" }] }, "did you mean password?"],
    [
      { accounts: [{ system_id: "esme" }] },
      "Smsc: accounts[0]: password: missing, expected a string",
    ],
    [
      { accounts: [{ system_id: "esme", password: 1 }] },
      "password: expected a string, got a number",
    ],
  ])("%j is refused with the type that came, never with a value", (options, message) => {
    // What a program in JavaScript may give.
    const make = () => new Smsc(options as SmscOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
    expect(make).not.toThrow("secret");
  });

  test.each<[object, string]>([
    [{ txets: 3 }, "SmscHttp: unknown option txets (number), did you mean texts?"],
    [
      { log: { entires: 3 } },
      "SmscHttp: log: unknown option entires (number), did you mean entries?",
    ],
    [{ textOctets: 0 }, "textOctets is 0: expected an integer from 1"],
  ])("so is %j for the page", (options, message) => {
    expect(() => new SmscHttp(new Smsc(), options)).toThrow(message);
  });

  test("so are the options of what is asked of it", async () => {
    const smsc = new Smsc();
    const text = { from: "1", too: "2", text: "hi" };
    await expect(smsc.deliver(text as unknown as MobileText)).rejects.toThrow(
      "deliver: unknown option too (string), did you mean to?",
    );
    const options = { host: "127.0.0.1", prot: 1 };
    await expect(smsc.outbind(options as unknown as OutbindOptions)).rejects.toThrow(
      "outbind: unknown option prot (number), did you mean port?",
    );
  });
});

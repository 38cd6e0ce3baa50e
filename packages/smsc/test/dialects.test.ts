/** Receipts as an ESME gets them, in the dialects that message centres speak. */
import { once } from "node:events";
import { MessageState, type PduOf, parseTime } from "@esme/pdu";
import { afterEach, describe, expect, test, vi } from "vitest";
import { outcomeByWeights, outcomeInTurn, type ReceiptDialect, Smsc } from "../src/index.ts";
import type { SmscOptions } from "../src/options.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

async function bound(options: SmscOptions, system_id = "esme") {
  const smsc = new Smsc({ port: 0, receiptDelay: 0, ...options });
  open.push(smsc);
  const esme = RawEsme.join(smsc);
  await esme.bind("bind_transceiver", system_id);
  return { smsc, esme };
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

const fields = { source_addr: "shop", destination_addr: "27820001001", registered_delivery: 1 };

/** What a message centre of this dialect answers and delivers about one message. */
async function exchange(receipts: ReceiptDialect, given: Partial<typeof fields> = {}) {
  const messageId = () => "3735928559";
  const { esme } = await bound({ receipts, messageId });
  esme.send({ ...fields, ...given, command: "submit_sm", short_message: Buffer.from("Hello") });
  const command = receipts.command ?? "deliver_sm";
  const response = await esme.read("submit_sm_resp");
  const receipt = await esme.read(command);
  return { response, receipt, text: textOf(receipt) };
}

function textOf(receipt: PduOf<"deliver_sm" | "data_sm">): string {
  const octets = receipt.command === "deliver_sm" ? receipt.short_message : undefined;
  const given = octets?.length ? octets : receipt.message_payload;
  return Buffer.from(given ?? []).toString("latin1");
}

describe("where", () => {
  test("short_message and both TLVs are the default", async () => {
    const { receipt, text } = await exchange({});
    expect(text).toMatch(/^id:3735928559 sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} /);
    expect(receipt).toMatchObject({ esm_class: 4, receipted_message_id: "3735928559" });
    expect(receipt).not.toHaveProperty("message_payload");
  });

  test("message_payload has the text, short_message nothing", async () => {
    const { receipt, text } = await exchange({ where: "message_payload", tlvs: false });
    expect(receipt).toMatchObject({ short_message: new Uint8Array() });
    expect(receipt).not.toHaveProperty("receipted_message_id");
    expect(text).toContain("stat:DELIVRD err:000 text:Hello");
  });

  test("tlvs alone, with esm_class 0", async () => {
    const { receipt, text } = await exchange({ where: "tlvs", tlvs: false, esm_class: 0 });
    expect(text).toBe("");
    expect(receipt).toMatchObject({
      esm_class: 0,
      receipted_message_id: "3735928559",
      message_state: MessageState.DELIVERED,
    });
  });

  test("data_sm has it in message_payload, or in TLVs alone", async () => {
    const { receipt, text } = await exchange({ command: "data_sm" });
    expect(receipt).toMatchObject({ command: "data_sm", esm_class: 4 });
    expect(text).toContain("id:3735928559");
    const bare = await exchange({ command: "data_sm", where: "tlvs" });
    expect(bare.receipt).not.toHaveProperty("message_payload");
  });

  test("UCS-2", async () => {
    const { receipt } = await exchange({ data_coding: 8 });
    expect(receipt).toMatchObject({ data_coding: 8 });
    const octets = receipt.command === "deliver_sm" ? receipt.short_message : [];
    expect(Buffer.from(octets).swap16().toString("utf16le")).toContain("stat:DELIVRD");
  });
});

describe("ids", () => {
  test.each<[ReceiptDialect, string, string]>([
    [{}, "3735928559", "3735928559"],
    [{ responseId: { form: "hex" } }, "deadbeef", "deadbeef"],
    [
      { responseId: { form: "upper_hex" }, receiptId: { form: "decimal" } },
      "DEADBEEF",
      "3735928559",
    ],
    [{ receiptId: { form: "hex", digits: 10 } }, "3735928559", "00deadbeef"],
    [{ receiptId: { form: "decimal", digits: 12 } }, "3735928559", "003735928559"],
  ])("%j", async (dialect, inResponse, inReceipt) => {
    const { response, receipt, text } = await exchange(dialect);
    expect(response.message_id).toBe(inResponse);
    expect(receipt.receipted_message_id).toBe(inReceipt);
    expect(text).toMatch(new RegExp(`^id:${inReceipt} `));
  });

  test("query_sm finds the id of the response", async () => {
    const { esme } = await bound({ receipts: { responseId: { form: "hex", digits: 4 } } });
    for (let count = 0; count < 10; count++) await esme.submit(fields);
    esme.send({ command: "query_sm", message_id: "000a" });
    expect((await esme.read("query_sm_resp")).message_id).toBe("000a");
  });

  test("submit_multi has one id, in the dialect's form", async () => {
    const { esme } = await bound({
      messageId: () => "255",
      receipts: { responseId: { form: "hex" } },
    });
    const dest_address = [{ dest_flag: 1, destination_addr: "1" }] as const;
    esme.send({ command: "submit_multi", dest_address });
    expect((await esme.read("submit_multi_resp")).message_id).toBe("ff");
  });

  test("a uuid stays what it is", async () => {
    const receiptId = { form: "hex", digits: 4 } as const;
    const { esme } = await bound({ messageId: () => "3f0c-uuid", receipts: { receiptId } });
    await esme.submit(fields);
    expect((await esme.read("deliver_sm")).receipted_message_id).toBe("3f0c-uuid");
  });
});

describe("text", () => {
  test.each<[ReceiptDialect, RegExp]>([
    [{ fields: ["id", "stat", "err"] }, /^id:3735928559 stat:DELIVRD err:000$/],
    [{ fields: ["stat", "id"], labels: { stat: "STAT" } }, /^STAT:DELIVRD id:3735928559$/],
    [{ labels: { text: "Text" } }, / Text:Hello$/],
    [{ fields: ["done date"], dateDigits: 12 }, /^done date:\d{12}$/],
    [{ fields: ["done date"], dateDigits: 14 }, /^done date:20\d{12}$/],
    [{ fields: ["err"], errDigits: 1 }, /^err:0$/],
    [{ fields: ["sub", "dlvrd"], countDigits: 1 }, /^sub:1 dlvrd:1$/],
    [{ fields: ["stat"], stats: { DELIVRD: "DELIVERED" } }, /^stat:DELIVERED$/],
    [{ fields: ["stat"], stats: { UNDELIV: "FAILED" } }, /^stat:DELIVRD$/],
  ])("%j", async (dialect, pattern) => {
    expect((await exchange(dialect)).text).toMatch(pattern);
  });
});

describe("when", () => {
  test("an early receipt comes before the response that names its message", async () => {
    const { esme } = await bound({ receipts: { early: 5 }, receiptDelay: 60_000 });
    const { message_id } = await esme.submit(fields);
    expect(esme.unread).toEqual(["deliver_sm"]);
    expect((await esme.read("deliver_sm")).receipted_message_id).toBe(message_id);
    expect(esme.frames.map((frame) => frame[7])).toEqual([0x09, 0x05, 0x04]);
  });

  test("a range of delays lets receipts overtake each other", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const { smsc, esme } = await bound({ receiptDelay: [0, 1_000] });
    const ids: string[] = [];
    smsc.on("receipt", ({ message_id }) => ids.push(message_id));
    for (let count = 0; count < 10; count++) await esme.submit(fields);
    vi.advanceTimersByTime(1_000);
    expect(ids).toHaveLength(10);
    expect(ids).not.toEqual([...ids].sort());
  });

  test("an account has its own dialect on top of that of all", async () => {
    const accounts = [
      { system_id: "plain", password: "secret" },
      { system_id: "odd", password: "secret", receipts: { labels: { text: "Text" } } },
    ];
    const receipts: ReceiptDialect = { fields: ["id", "text"] };
    for (const [system_id, label] of [
      ["plain", "text"],
      ["odd", "Text"],
    ] as const) {
      const { esme } = await bound({ accounts, receipts }, system_id);
      await esme.submit(fields);
      expect(textOf(await esme.read("deliver_sm"))).toBe(`id:0000000001 ${label}:`);
    }
  });

  test("registered_delivery 0x10 tells that the message is under way", async () => {
    const { esme } = await bound({ receiptDelay: 0 });
    await esme.submit({ ...fields, registered_delivery: 0x11 });
    const first = await esme.takeDelivery();
    expect(first).toMatchObject({ esm_class: 0x20, message_state: MessageState.ENROUTE });
    expect(textOf(first)).toContain("stat:ENROUTE");
    expect(await esme.takeDelivery()).toMatchObject({ esm_class: 0x04, message_state: 2 });
  });
});

describe("outcomes", () => {
  const submitted = { system_id: "esme", source_addr: "1", destination_addr: "2" };

  test("by weights, repeatably", () => {
    const rule = outcomeByWeights({ DELIVRD: 0.7, UNDELIV: 0.2, ESME_RTHROTTLED: 0.1 }, 5);
    const outcomes = Array.from({ length: 1_000 }, () => rule(submitted));
    const undelivered = outcomes.filter((each) => each.message_state === 5).length;
    const refused = outcomes.filter((each) => each.command_status === 0x58).length;
    expect(undelivered).toBeGreaterThan(150);
    expect(undelivered).toBeLessThan(250);
    expect(refused).toBeGreaterThan(60);
    expect(refused).toBeLessThan(140);
    const again = outcomeByWeights({ DELIVRD: 0.7, UNDELIV: 0.2, ESME_RTHROTTLED: 0.1 }, 5);
    expect(outcomes.map(() => again(submitted))).toEqual(outcomes);
  });

  test("in turn", async () => {
    const { smsc, esme } = await bound({ outcome: outcomeInTurn(["UNDELIV", "EXPIRED"]) });
    const stats: string[] = [];
    for (let count = 0; count < 3; count++) {
      const told = once(smsc, "receipt");
      await esme.submit(fields);
      stats.push((await told)[0].stat);
    }
    expect(stats).toEqual(["UNDELIV", "EXPIRED", "UNDELIV"]);
  });

  test.each([
    [() => outcomeInTurn(["LOST"]), /no outcome "LOST": expected one of .*DELIVRD.*command_status/],
    [() => outcomeInTurn([]), /at least one/],
    [() => outcomeByWeights({ toString: 1 }), /no outcome "toString"/],
    [() => outcomeByWeights({ DELIVRD: 0 }), RangeError],
  ])("a list that cannot be is refused", (make, error) => {
    expect(make).toThrow(error);
  });
});

test("times in query_sm are those of SMPP", async () => {
  const { smsc, esme } = await bound({});
  const told = once(smsc, "receipt");
  const { message_id } = await esme.submit(fields);
  await told;
  esme.send({ command: "query_sm", message_id });
  expect(parseTime((await esme.read("query_sm_resp")).final_date)).toBeInstanceOf(Date);
});

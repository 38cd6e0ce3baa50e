/** What single SMSCs write into deliver_sm and data_sm: rows from what providers publish. */
import { InMemorySmppCache } from "@esme/caches";
import { createCodec, decode, encode, integer, octets, type PduInputOf } from "@esme/pdu";
import { splitShortMessage } from "@esme/sm-split";
import { describe, expect, test } from "vitest";
import {
  type DeliverSm,
  type DeliveryReportConfig,
  DeliveryReportProcessor,
  receiptTime,
  type ShortMessageConfig,
  ShortMessageProcessor,
  type TlvDefinitions,
} from "../src/index.ts";
import { deliverSm, octetsOf } from "./deliver.ts";

/** The event of a receipt, or the kind of the outcome. */
async function report(
  config: DeliveryReportConfig,
  pdu: DeliverSm,
  { id = "smsc-1", tlvs }: { id?: string; tlvs?: TlvDefinitions } = {},
) {
  const cache = new InMemorySmppCache();
  await cache.storeSmppMessageId(id, "msg-1");
  const processor = new DeliveryReportProcessor(
    { early_receipts: 0, ...config },
    { cache, ...(tlvs && { tlvs }) },
  );
  const outcome = await processor.handleDeliverSm(pdu);
  if (outcome.kind !== "event") return outcome.kind;
  const { delivery_status, transport_metadata } = outcome.event;
  return { delivery_status, ...transport_metadata };
}

const receipt = (text: string, fields: Omit<PduInputOf<"deliver_sm">, "command"> = {}) =>
  deliverSm({ esm_class: 4, short_message: octetsOf(text), ...fields });

describe("states of one SMSC", () => {
  const status_additions = {
    "INVALID-SUB": "failed",
    "MOB-OFF": "pending",
    DELIVRD: "delivered",
  } as const;

  test.each([
    ["INVALID-SUB", "failed"],
    ["PROMO-TMOUT", "pending"],
    ["MOB-OFF", "pending"],
    ["UNDELIV", "failed"],
  ])("%s beside the table means %s", async (stat, delivery_status) => {
    expect(await report({ status_additions }, receipt(`id:smsc-1 stat:${stat} err:000`))).toEqual({
      delivery_status,
      smpp_delivery_status: stat,
    });
  });

  test("make a text a receipt that esm_class does not call one", async () => {
    const pdu = receipt("id:smsc-1 sub:001 stat:INVALID-SUB err:1", { esm_class: 0 });
    expect(await report({}, pdu)).toBe("not_handled");
    expect(await report({ status_additions }, pdu)).toMatchObject({ delivery_status: "failed" });
  });

  test("win over a table of one's own", async () => {
    const config = {
      status_mapping: { A: "pending", B: "failed" },
      status_additions: { a: "failed" },
    } as const;
    expect(await report(config, receipt("id:smsc-1 stat:A"))).toMatchObject({
      delivery_status: "failed",
    });
    expect(await report(config, receipt("id:smsc-1 stat:B"))).toMatchObject({
      delivery_status: "failed",
    });
  });
});

describe("a carrier's receipts in a form of its own", () => {
  const regex =
    "^(?<stat>\\d\\d),(?<done_date>\\d{10})?,(?<submit_date>\\d{10})?,(?<err>\\d*),\\d*,\\d*,(?<id>\\S+)";
  const status_mapping = { "00": "delivered", "01": "pending" } as const;

  test("are read by an expression", async () => {
    const text = "00,0210021543,0210021500,,447700900123,10110200000000,aa2345678b9c03de45fg67h";
    const config = { regex, status_mapping, receipt_details: true };
    const pdu = receipt(text);
    expect(await report(config, pdu, { id: "aa2345678b9c03de45fg67h" })).toEqual({
      delivery_status: "delivered",
      smpp_delivery_status: "00",
      smpp_err: "",
      smpp_submit_date: "2002-10-02T15:00",
      smpp_done_date: "2002-10-02T15:43",
    });
  });
});

describe("id_format of two known forms", () => {
  const decimal = { id_format: { response: "hex", receipt: "decimal" } } as const;

  test.each([
    ["BC614E", "12345678"],
    ["bc614e", "0000000012345678"],
    ["00bc614e", "12345678"],
    ["0000000000BC614E", "0000000012345678"],
  ])("finds %s for %s", async (id, written) => {
    const pdu = receipt(`id:${written} stat:DELIVRD`);
    expect(await report(decimal, pdu, { id })).toMatchObject({ delivery_status: "delivered" });
  });

  test("never finds the message whose id merely looks the same", async () => {
    const pdu = receipt("id:12345678 stat:DELIVRD");
    expect(await report(decimal, pdu, { id: "12345678" })).toBe("unmatched");
    expect(await report({ id_format: "decimal_to_hex" }, pdu, { id: "12345678" })).toMatchObject({
      delivery_status: "delivered",
    });
  });

  test.each<[DeliveryReportConfig["id_format"], string, string]>([
    [{ response: "decimal", receipt: "hex" }, "12345678", "0xBC614E"],
    [{ response: "decimal", receipt: "decimal" }, "64567564356765435676", "064567564356765435676"],
    [{ response: "hex", receipt: "hex" }, "0006aad5", "6AAD5"],
    [{ response: "hex", receipt: "decimal" }, "abc-123", "abc-123"],
  ])("%j finds %s for %s", async (id_format, id, written) => {
    const pdu = receipt(`id:${written} stat:DELIVRD`);
    expect(await report({ id_format }, pdu, { id })).toMatchObject({
      delivery_status: "delivered",
    });
  });

  test.each([{ response: "hex" }, { response: "hex", receipt: "octal" }, "hex"])(
    "%j is refused",
    (id_format) => {
      const deps = { cache: new InMemorySmppCache() };
      expect(() => Reflect.construct(DeliveryReportProcessor, [{ id_format }, deps])).toThrow(
        "expected one of as_is, hex_to_decimal, decimal_to_hex, strip_zeros, auto (from the receipt's id to that of submit_sm_resp), or response and receipt",
      );
    },
  );
});

describe("receipt_dates", () => {
  test.each<[string, Parameters<typeof receiptTime>[1], string | undefined]>([
    ["2001123045", {}, undefined],
    ["200101122045", {}, undefined],
    ["200101122045", { layout: "YYMMDDhhmmss" }, "2020-01-01T12:20:45"],
    ["200101122045", { layout: "YYYYMMDDhhmm" }, "2001-01-12T20:45"],
    ["190608165232", { layout: "YYMMDDhhmmss" }, "2019-06-08T16:52:32"],
    ["1911121314", { layout: "YYMMDDhhmmss" }, "2019-11-12T13:14"],
    ["1911121314", { time_zone: "UTC" }, "2019-11-12T13:14Z"],
    ["20191112131415", { time_zone: "+01:00" }, "2019-11-12T12:14:15Z"],
    ["1911120014", { time_zone: "-0330" }, "2019-11-12T03:44Z"],
    ["1907121314", { time_zone: "Europe/Oslo" }, "2019-07-12T11:14Z"],
    ["1911121314", { time_zone: "Europe/Oslo" }, "2019-11-12T12:14Z"],
    ["1910270130", { time_zone: "Europe/Oslo" }, "2019-10-26T23:30Z"],
    ["1910270330", { time_zone: "Europe/Oslo" }, "2019-10-27T02:30Z"],
    ["never", { time_zone: "UTC" }, undefined],
  ])("%s with %j is %s", (date, dates, iso) => {
    expect(receiptTime(date, dates)).toBe(iso);
  });

  test("are used for the details", async () => {
    const config: DeliveryReportConfig = {
      receipt_details: true,
      receipt_dates: { layout: "YYMMDDhhmm", time_zone: "Africa/Johannesburg" },
    };
    const pdu = receipt("id:smsc-1 submit date:2401020304 done date:2401020405 stat:DELIVRD");
    expect(await report(config, pdu)).toMatchObject({
      smpp_submit_date: "2024-01-02T01:04Z",
      smpp_done_date: "2024-01-02T02:05Z",
    });
  });

  test.each([
    [
      { time_zone: "Mars/Olympus" },
      'receipt_dates.time_zone: expected UTC, +hh:mm or -hh:mm, or a name such as Europe/Oslo, got "Mars/Olympus"',
    ],
    [
      { layout: "ddmmyy" },
      'receipt_dates.layout: expected one of YYMMDDhhmm, YYMMDDhhmmss, YYYYMMDDhhmm, YYYYMMDDhhmmss, got "ddmmyy"',
    ],
  ])("%j are refused", (receipt_dates, says) => {
    const deps = { cache: new InMemorySmppCache() };
    expect(() => Reflect.construct(DeliveryReportProcessor, [{ receipt_dates }, deps])).toThrow(
      says,
    );
  });
});

describe("err_table", () => {
  const codes = {
    "1": "unknown",
    "2": { meaning: "absent for now", permanence: "temporary" },
    "003": { meaning: "absent for good", permanence: "permanent" },
    "1b": { meaning: "memory full", permanence: "temporary" },
    EC_X: "odd",
  } as const;

  test.each<[DeliveryReportConfig["err_table"], string, object]>([
    [{ codes }, "002", { smpp_err_meaning: "absent for now", smpp_err_permanence: "temporary" }],
    [{ codes }, "3", { smpp_err_meaning: "absent for good", smpp_err_permanence: "permanent" }],
    [{ codes }, "1", { smpp_err_meaning: "unknown" }],
    [{ codes }, "ec_x", { smpp_err_meaning: "odd" }],
    [{ codes }, "999", {}],
    [{ codes }, "", {}],
    [
      { codes, base: "hex" },
      "01B",
      { smpp_err_meaning: "memory full", smpp_err_permanence: "temporary" },
    ],
    [{ codes, source: "network_error_code" }, "002", {}],
  ])("%# says of %s what it means", async (err_table, err, wanted) => {
    expect(await report({ err_table }, receipt(`id:smsc-1 stat:UNDELIV err:${err}`))).toEqual({
      delivery_status: "failed",
      smpp_delivery_status: "UNDELIV",
      ...wanted,
    });
  });

  test("reads the TLV network_error_code", async () => {
    const pdu = receipt("id:smsc-1 stat:UNDELIV err:003", {
      network_error_code: Uint8Array.of(3, 0, 2),
    });
    const err_table = { source: "network_error_code", codes } as const;
    expect(await report({ err_table }, pdu)).toMatchObject({ smpp_err_meaning: "absent for now" });
  });

  test.each([
    [
      { codes: { "1": 7 } },
      "err_table.codes.1: expected words, or meaning and permanence (temporary or permanent), got 7",
    ],
    [{}, "err_table.codes"],
    [{ code: {} }, "err_table.code: unknown key, did you mean codes?"],
  ])("%j is refused", (err_table, says) => {
    const deps = { cache: new InMemorySmppCache() };
    expect(() => Reflect.construct(DeliveryReportProcessor, [{ err_table }, deps])).toThrow(says);
  });
});

test("receipt_text adds the text that a receipt quotes", async () => {
  const pdu = receipt("id:smsc-1 stat:DELIVRD text:Hello World");
  expect(await report({ receipt_text: true }, pdu)).toMatchObject({ smpp_text: "Hello World" });
  expect(await report({ receipt_details: true }, pdu)).not.toHaveProperty("smpp_text");
});

test("a receipt may be a data_sm with its text in message_payload", async () => {
  const id = "1F0E2D3C4B5A69788796A5B4C3D2E1F0";
  const pdu = decode(
    encode({
      command: "data_sm",
      source_addr: "1",
      destination_addr: "2",
      esm_class: 4,
      message_payload: octetsOf(
        `id:${id} submit date:20240301120509 done date:20240301120512 stat:DELIVRD err:000`,
      ),
    }),
  );
  if (pdu.command !== "data_sm") throw new Error(pdu.command);
  expect(await report({ receipt_details: true }, pdu, { id })).toMatchObject({
    delivery_status: "delivered",
    smpp_done_date: "2024-03-01T12:05:12",
  });
});

describe("vendor TLVs", () => {
  const ovh: TlvDefinitions = {
    outgoing_id: { tag: "0x1401", type: "c_string", commands: ["deliver_sm"] },
    incoming_id: { tag: "0x1402", type: "c_string" },
  };
  const others: TlvDefinitions = {
    carrier_id: { tag: "0x1401", type: "integer", size: 2 },
    carrier_name: { tag: 0x1402, type: "text" },
    raw: { tag: "0x1403", type: "octets" },
  };
  const unknown_tlvs = [
    { tag: 0x1401, value: octetsOf("a\0") },
    { tag: 0x1402, value: octetsOf("bc") },
    { tag: 0x1403, value: octetsOf("c") },
  ];
  const texts = (tlvs?: TlvDefinitions) =>
    new ShortMessageProcessor({}, { cache: new InMemorySmppCache(), ...(tlvs && { tlvs }) });

  test.each<[TlvDefinitions | undefined, object]>([
    [ovh, { outgoing_id: "a", incoming_id: "bc", "0x1403": "63" }],
    [others, { carrier_id: 0x6100, carrier_name: "bc", raw: "63" }],
    [undefined, { "0x1401": "6100", "0x1402": "6263", "0x1403": "63" }],
  ])("%# stand under their names in a message", async (tlvs, smpp_tlvs) => {
    const outcome = await texts(tlvs).handleDeliverSm(deliverSm({ unknown_tlvs }));
    expect(outcome.kind === "message" && outcome.message.transport_metadata).toEqual({ smpp_tlvs });
  });

  test("stand under their names in a delivery report", async () => {
    const pdu = receipt("id:smsc-1 stat:DELIVRD", { unknown_tlvs });
    expect(await report({}, pdu, { tlvs: ovh })).toMatchObject({
      smpp_tlvs: { outgoing_id: "a", incoming_id: "bc" },
    });
    expect(await report({}, pdu)).not.toHaveProperty("smpp_tlvs");
  });

  test("are the same when the codec of the connection knew them", async () => {
    const codec = createCodec({
      tlvs: {
        carrier_id: { tag: 0x1401, type: integer({ size: 2 }) },
        carrier_name: { tag: 0x1402, type: octets({ max: 20 }) },
      },
    });
    const frame = encode({ command: "deliver_sm", short_message: octetsOf("hi"), unknown_tlvs });
    const pdu = codec.decode(frame);
    if (pdu.command !== "deliver_sm") throw new Error(pdu.command);
    const outcome = await texts(others).handleDeliverSm(pdu);
    expect(outcome.kind === "message" && outcome.message.transport_metadata).toEqual({
      smpp_tlvs: { carrier_id: 0x6100, carrier_name: "bc", raw: "63" },
    });
  });

  test("of another command are unknown", async () => {
    const tlvs: TlvDefinitions = { x: { tag: "0x1401", type: "text", commands: ["submit_sm"] } };
    const outcome = await texts(tlvs).handleDeliverSm(
      deliverSm({ unknown_tlvs: unknown_tlvs.slice(0, 1) }),
    );
    expect(outcome.kind === "message" && outcome.message.transport_metadata).toEqual({
      smpp_tlvs: { "0x1401": "6100" },
    });
  });
});

describe("inbound texts in packed septets", () => {
  const config: ShortMessageConfig = { data_coding_overrides: { "0": "gsm0338-packed" } };

  test.each(["hello", "x".repeat(161), "€".repeat(100)])(
    "%# are unpacked behind their headers",
    async (text) => {
      const { parts, esm_class } = splitShortMessage(text, 0, { packed: true });
      const processor = new ShortMessageProcessor(config, { cache: new InMemorySmppCache() });
      let content: string | null = null;
      for (const short_message of parts.reverse()) {
        const outcome = await processor.handleDeliverSm(deliverSm({ esm_class, short_message }));
        if (outcome.kind === "message") ({ content } = outcome.message);
      }
      expect(content).toBe(text);
    },
  );

  test("are those of their data coding alone", async () => {
    const processor = new ShortMessageProcessor(config, { cache: new InMemorySmppCache() });
    const outcome = await processor.handleDeliverSm(
      deliverSm({ data_coding: 1, short_message: octetsOf("hi") }),
    );
    expect(outcome.kind === "message" && outcome.message.content).toBe("hi");
  });
});

/** TLVs of a PDU in transport_metadata, of messages, of reports and of nacks. */
import { InMemorySmppCache } from "@esme/caches";
import { decode, encode, type Pdu, type PduInputOf } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { refusalOf, ShortMessageProcessor, type TlvDefinitions } from "../src/index.ts";
import { deliverSm, octetsOf } from "./deliver.ts";

const hex = (digits: string) => Uint8Array.from(Buffer.from(digits, "hex"));

async function metadataOf(
  fields: Omit<PduInputOf<"deliver_sm">, "command">,
  tlvs: TlvDefinitions = {},
): Promise<Record<string, unknown>> {
  const processor = new ShortMessageProcessor({}, { cache: new InMemorySmppCache(), tlvs });
  const outcome = await processor.handleDeliverSm(deliverSm({ sequence_number: 1, ...fields }));
  if (outcome.kind !== "message") throw new Error(outcome.kind);
  return outcome.message.transport_metadata;
}

describe("the TLVs of an inbound message", () => {
  const many = Array.from({ length: 15_000 }, (_, i) => ({
    tag: 0x1400 + (i % 10_000),
    value: hex("0a"),
  }));

  test("are passed on up to a hundred, and the others are counted", async () => {
    const metadata = await metadataOf({
      short_message: octetsOf("hi"),
      user_message_reference: 5,
      unknown_tlvs: many,
    });
    expect(Object.keys(Object(metadata["smpp_tlvs"]))).toHaveLength(100);
    expect(metadata).toMatchObject({
      smpp_tlvs: { user_message_reference: 5, "0x1400": "0a" },
      smpp_tlvs_left_out: 14_901,
    });
  });

  test("are counted too where one name has many values", async () => {
    const callback_num = Array.from({ length: 250 }, () => hex("01020304"));
    const metadata = await metadataOf({ short_message: octetsOf("hi"), callback_num });
    expect(metadata).toEqual({
      smpp_tlvs: { callback_num: Array.from({ length: 100 }, () => "01020304") },
      smpp_tlvs_left_out: 150,
    });
  });

  test("stand first under the names of the configuration, however many others there are", async () => {
    const last = { tag: 0x3fff, value: octetsOf("x") };
    const tlvs: TlvDefinitions = { carrier: { tag: 0x3fff, type: "text" } };
    const fields = { short_message: octetsOf("hi"), unknown_tlvs: [...many, last] };
    expect(await metadataOf(fields, tlvs)).toMatchObject({ smpp_tlvs: { carrier: "x" } });
  });

  test("are none where it has none of those that are defined", async () => {
    const tlvs: TlvDefinitions = { carrier: { tag: 0x3fff, type: "text" } };
    expect(await metadataOf({ short_message: octetsOf("hi") }, tlvs)).toStrictEqual({});
  });

  test("without a name are named by four hexadecimal digits", async () => {
    const unknown_tlvs = [{ tag: 0x0031, value: hex("0102") }];
    expect(await metadataOf({ short_message: octetsOf("hi"), unknown_tlvs })).toEqual({
      smpp_tlvs: { "0x0031": "0102" },
    });
  });

  test("with one tag twice: the first is passed on, the second is counted", async () => {
    const unknown_tlvs = [
      { tag: 0x1400, value: hex("01") },
      { tag: 0x1400, value: hex("02") },
    ];
    expect(await metadataOf({ short_message: octetsOf("hi"), unknown_tlvs })).toEqual({
      smpp_tlvs: { "0x1400": "01" },
      smpp_tlvs_left_out: 1,
    });
  });

  test("all count when a repetition is compared", async () => {
    const processor = new ShortMessageProcessor({}, { cache: new InMemorySmppCache() });
    const deliver = async (value: string) => {
      const outcome = await processor.handleDeliverSm(
        deliverSm({ sequence_number: 2, unknown_tlvs: [{ tag: 0x1400, value: hex(value) }] }),
      );
      if (outcome.kind === "message") await outcome.settle?.(true);
      return outcome.kind;
    };
    expect([await deliver("0102"), await deliver("0102"), await deliver("0103")]).toEqual([
      "message",
      "repeated",
      "message",
    ]);
  });
});

describe("an error response", () => {
  const response = (fields: Partial<PduInputOf<"submit_sm_resp">>): Pdu =>
    decode(encode({ command: "submit_sm_resp", command_status: 0x0b, ...fields }));

  test("has vumi's reason, and nothing in transport_metadata where it has no TLVs", () => {
    expect(refusalOf(response({}))).toEqual({
      reason: "Invalid Dest Addr",
      transport_metadata: {},
    });
  });

  test("has its TLVs in transport_metadata: the standard's, the vendor's and others", () => {
    const pdu = response({
      additional_status_info_text: "no route",
      network_error_code: hex("030005"),
      delivery_failure_reason: 1,
      unknown_tlvs: [
        { tag: 0x1400, value: octetsOf("blocked") },
        { tag: 0x1500, value: hex("ff") },
      ],
    });
    expect(refusalOf(pdu, { carrier_text: { tag: "0x1400", type: "text" } })).toEqual({
      reason: "Invalid Dest Addr",
      transport_metadata: {
        smpp_tlvs: {
          additional_status_info_text: "no route",
          network_error_code: "030005",
          delivery_failure_reason: 1,
          carrier_text: "blocked",
          "0x1500": "ff",
        },
      },
    });
  });

  test("passes on a hundred TLVs at most", () => {
    const unknown_tlvs = Array.from({ length: 3000 }, (_, i) => ({
      tag: 0x1400 + i,
      value: hex("0a"),
    }));
    const { transport_metadata } = refusalOf(response({ unknown_tlvs }));
    expect(Object.keys(transport_metadata.smpp_tlvs ?? {})).toHaveLength(100);
    expect(transport_metadata.smpp_tlvs_left_out).toBe(2900);
  });

  test("of an unknown command says the same", () => {
    const pdu = { command: "unknown", command_status: 0x7777, unknown_tlvs: undefined };
    expect(refusalOf(pdu)).toEqual({ reason: "Unknown status", transport_metadata: {} });
  });
});

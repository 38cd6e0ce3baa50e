import { readFileSync } from "node:fs";
import { InMemorySmppCache } from "@esme/caches";
import { type Message, newMessage, reply } from "@esme/messages";
import { decode, encode, type PduOf, tlvs, type UnknownTlv } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import {
  ProcessorError,
  ShortMessageProcessor,
  SubmitShortMessageProcessor,
} from "../src/index.ts";
import { deliverSm, octetsOf } from "./deliver.ts";

type Dialect = "default" | "mica" | "sixdee";

/** A row of the table of dialects: what the first vumi read and wrote, TLVs as octets. */
interface Row {
  dialect: Dialect;
  direction: "inbound" | "outbound";
  event: string;
  tlvs: string[];
  other?: string[];
  end_bit?: 0 | 1 | "any" | null;
  message?: { session_event: string; to_addr?: string; content?: string | null };
}

const rows: Row[] = JSON.parse(readFileSync(new URL("./data/ussd.json", import.meta.url), "utf8"));

const hexOf = (octets: Uint8Array | undefined) => Buffer.from(octets ?? []).toString("hex");
const msisdn = "27820001001";
const shortCode = "123";

/** A TLV from tag, length and value in hexadecimal. */
function tlvOf(hex: string): UnknownTlv {
  const octets = Buffer.from(hex, "hex");
  return { tag: octets.readUInt16BE(0), value: Uint8Array.from(octets.subarray(4)) };
}

function deliver(hexTlvs: string[], text: string, phone: string): PduOf<"deliver_sm"> {
  const addresses = { source_addr: phone, destination_addr: shortCode };
  const unknown_tlvs = hexTlvs.map(tlvOf);
  return deliverSm({ ...addresses, short_message: octetsOf(text), unknown_tlvs });
}

function processing(dialect: Dialect, more: object = {}) {
  const cache = new InMemorySmppCache();
  let time = 1_700_000_000_000;
  const deps = { cache, now: () => new Date(time) };
  const inbound = new ShortMessageProcessor({ ussd: { dialect, ...more } }, deps);
  const outbound = new SubmitShortMessageProcessor({ ussd: { dialect, ...more } }, deps);
  return {
    cache,
    pass: (seconds: number) => {
      time += seconds * 1000;
    },
    read: async (hexTlvs: string[], text: string, phone = msisdn): Promise<Message> => {
      const outcome = await inbound.handleDeliverSm(deliver(hexTlvs, text, phone));
      if (outcome.kind !== "message") throw new Error(outcome.kind);
      return outcome.message;
    },
    write: async (message: Message): Promise<string[]> => {
      const [pdu] = await outbound.handleOutboundMessage(message);
      const sent = decode(encode(pdu ?? { command: "submit_sm" }));
      if (sent.command !== "submit_sm") throw new Error(sent.command);
      const { ussd_service_op, its_session_info, user_message_reference } = sent;
      return [
        `05010001${hexOf(ussd_service_op)}`,
        ...(its_session_info ? [`13830002${hexOf(its_session_info)}`] : []),
        ...(user_message_reference === undefined
          ? []
          : [`02040002${user_message_reference.toString(16).padStart(4, "0")}`]),
      ];
    },
  };
}

/** The TLVs that a row means in words: the session of the dialect, and an op that fits. */
function tlvsIn({ dialect, tlvs: given, other = [], end_bit }: Row): string[][] {
  const session = { default: "138300020100", mica: "020400023039", sixdee: "13830002162e" }[
    dialect
  ];
  const ended = { default: "138300020101", mica: session, sixdee: "13830002162f" }[dialect];
  const [words = ""] = other;
  if (words === "any service op")
    return ["01", "02", "12", "81"].map((op) => [`05010001${op}`, ended]);
  if (words.startsWith("any service op"))
    return ["01", "02", "12"].map((op) => [`05010001${op}`, ended]);
  if (words !== "") return ["99", "13"].map((op) => [`05010001${op}`, session]);
  if (given.length === 2) return [given];
  return (end_bit === "any" ? [session, ended] : [session]).map((tlv) => [...given, tlv]);
}

const numbered = rows.map((row, i) => ({ ...row, row: i }));

describe("inbound", () => {
  const inbound = numbered.filter(({ direction }) => direction === "inbound");

  test.each(inbound)("row $row: $event in dialect $dialect", async (row) => {
    for (const hexTlvs of tlvsIn(row)) {
      const { read } = processing(row.dialect);
      if (row.event !== "new" && row.dialect !== "default") {
        const [, session = ""] = hexTlvs;
        await read(["0501000101", session.replace(/162f$/, "162e")], "*123#");
      }
      const message = await read(hexTlvs, row.event === "new" ? "*123#" : "typed");
      const remembers = row.dialect !== "default";
      expect(message).toMatchObject({
        transport_type: "ussd",
        session_event: row.message?.session_event,
        from_addr: msisdn,
        to_addr: remembers ? "*123#" : shortCode,
        content: row.message?.content === null ? null : row.event === "new" ? "*123#" : "typed",
      });
    }
  });

  test.each<[Dialect, string[], unknown]>([
    ["default", ["0501000112", "138300020100"], "0100"],
    ["default", ["0501000112", "138300020101"], "0100"],
    ["default", ["0501000112"], "0000"],
    ["mica", ["0501000101", "020400023039"], { session_identifier: 12_345, ussd_service_op: "01" }],
    [
      "sixdee",
      ["0501000112", "13830002162e"],
      { session_identifier: "162e", ussd_service_op: "12" },
    ],
  ])("session_info of dialect %s with %j", async (dialect, hexTlvs, session_info) => {
    const message = await processing(dialect).read(hexTlvs, "x");
    expect(message.transport_metadata).toEqual({ session_info });
  });

  test("without ussd_service_op is a text like any other", async () => {
    const message = await processing("default").read([], "hello");
    expect(message).toMatchObject({ transport_type: "sms", session_event: null, content: "hello" });
  });
});

describe("the code that was dialled", () => {
  const first = ["0501000101", "020400023039"];
  const next = ["0501000112", "020400023039"];

  test("is remembered while the dialogue goes on, and for max_session_length after", async () => {
    const { read, pass } = processing("mica", { max_session_length: 60 });
    await read(first, "*123#");
    for (const seconds of [59, 59]) {
      pass(seconds);
      expect((await read(next, "1")).to_addr).toBe("*123#");
    }
    pass(60);
    expect((await read(next, "1")).to_addr).toBe(shortCode);
  });

  test("is forgotten when either side ends the dialogue", async () => {
    const { read, write } = processing("mica");
    const opening = await read(first, "*123#");
    await write(reply(opening, { content: "bye", session_event: "close" }));
    expect((await read(next, "1")).to_addr).toBe(shortCode);
    await read(first, "*123#");
    await read(["0501000181", "020400023039"], "");
    expect((await read(next, "1")).to_addr).toBe(shortCode);
  });

  test("is that of the dialogue of this phone with this number", async () => {
    const { read } = processing("mica");
    const otherNumber = ["0501000112", "020400023040"];
    await read(first, "*123#");
    await read(first, "*124#", "27820001002");
    expect((await read(next, "1")).to_addr).toBe("*123#");
    expect((await read(next, "1", "27820001002")).to_addr).toBe("*124#");
    expect((await read(otherNumber, "1")).to_addr).toBe(shortCode);
  });

  test("is another one in a new dialogue with the same number", async () => {
    const { read, write } = processing("mica");
    const opening = await read(first, "*123#");
    await write(reply(opening, { content: "menu", session_event: "resume" }));
    expect((await read(next, "1")).to_addr).toBe("*123#");
    expect((await read(first, "*124#")).to_addr).toBe("*124#");
    expect((await read(next, "1")).to_addr).toBe("*124#");
  });

  test("is the destination_addr when configured so", async () => {
    const { read } = processing("sixdee", { ussd_code_pdu_field: "destination_addr" });
    expect((await read(["0501000101", "13830002162e"], "*123#")).to_addr).toBe(shortCode);
  });
});

describe("outbound", () => {
  const outbound = numbered.filter(({ direction }) => direction === "outbound");
  const opening: Record<Dialect, string[]> = {
    default: ["0501000101", "138300020000"],
    mica: ["0501000101", "020400023039"],
    sixdee: ["0501000101", "13830002162e"],
  };

  test.each(outbound)(
    "row $row: $event in dialect $dialect, for a peer of the first vumi",
    async (row) => {
      const { read, write } = processing(
        row.dialect,
        row.dialect === "default" ? {} : { close_service_op: "23" },
      );
      const question = await read(opening[row.dialect], "*123#");
      const session_event = row.event === "close" ? "close" : "resume";
      expect(await write(reply(question, { content: "menu", session_event }))).toEqual(row.tlvs);
    },
  );

  test.each<[Dialect, string[]]>([
    ["default", ["0501000102", "138300020001"]],
    ["mica", ["0501000111", "020400023039"]],
    ["sixdee", ["0501000111", "13830002162f"]],
  ])("dialect %s ends a dialogue with the op of the standard", async (dialect, hexTlvs) => {
    const { read, write } = processing(dialect);
    const question = await read(opening[dialect], "*123#");
    expect(await write(reply(question, { session_event: "close" }))).toEqual(hexTlvs);
  });

  const fields = { to_addr: msisdn, from_addr: shortCode, transport_type: "ussd", content: "hi" };

  test.each<[Dialect, string]>([
    ["default", "138300020000"],
    ["mica", "020400020000"],
  ])("dialect %s begins a dialogue with number 0", async (dialect, tlv) => {
    for (const session_info of [undefined, null, ...(dialect === "mica" ? [{}] : [])]) {
      const message = newMessage({ ...fields, transport_metadata: { session_info } });
      expect(await processing(dialect).write(message)).toEqual(["0501000102", tlv]);
    }
  });

  test.each([0, 65_535])("dialect mica takes session_identifier %i", async (session_identifier) => {
    const transport_metadata = { session_info: { session_identifier } };
    const digits = session_identifier.toString(16).padStart(4, "0");
    const message = newMessage({ ...fields, transport_metadata });
    expect(await processing("mica").write(message)).toEqual(["0501000102", `02040002${digits}`]);
  });

  test("a dialogue can be ended by a processor without a cache", async () => {
    const processor = new SubmitShortMessageProcessor({ ussd: { dialect: "mica" } });
    const message = newMessage({ ...fields, session_event: "close" });
    expect(await processor.handleOutboundMessage(message)).toMatchObject([
      { ussd_service_op: Uint8Array.of(0x11) },
    ]);
  });

  test.each<[Dialect, unknown]>([
    ["sixdee", undefined],
    ["sixdee", { session_identifier: "" }],
    ["default", 7],
    ["default", 1000],
    ["default", "01000"],
    ["mica", { session_identifier: "12" }],
    ["mica", { session_identifier: 65_536 }],
    ["mica", { session_identifier: -1 }],
    ["mica", { session_identifier: 0.5 }],
  ])("dialect %s refuses session_info %j", async (dialect, session_info) => {
    const message = newMessage({ ...fields, transport_metadata: { session_info } });
    const error = await processing(dialect)
      .write(message)
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ProcessorError);
    expect(error).toMatchObject({ code: "session_invalid" });
  });

  test("a message that is no USSD has no TLVs of it", async () => {
    expect(
      await processing("default").write(newMessage({ ...fields, transport_type: "sms" })),
    ).toEqual(["05010001"]);
  });

  test("the tags are those of the standard", () => {
    expect([
      tlvs.ussd_service_op.tag,
      tlvs.its_session_info.tag,
      tlvs.user_message_reference.tag,
    ]).toEqual([0x0501, 0x1383, 0x0204]);
  });
});

test("a dialect that does not exist is refused", () => {
  const make = () =>
    Reflect.construct(SubmitShortMessageProcessor, [{ ussd: { dialect: "huawei" } }, {}]);
  expect(make).toThrow('ussd.dialect: expected one of default, mica, sixdee, got "huawei"');
});

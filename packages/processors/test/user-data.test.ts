/** What is not text: octets, ports and elements of a header, in both directions. */
import { InMemorySmppCache } from "@esme/caches";
import { newMessage, reply } from "@esme/messages";
import { decode, encode, type PduInputOf } from "@esme/pdu";
import { joinParts, portsElement, readUdh, writeUdh } from "@esme/sm-split";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ProcessorError,
  ShortMessageProcessor,
  type SubmitConfig,
  SubmitShortMessageProcessor,
  type SubmitSm,
} from "../src/index.ts";
import { deliverSm, octetsOf } from "./deliver.ts";

const addresses = { from_addr: "123456", to_addr: "27820001001" };
const octets = (digits: string) => Uint8Array.from(Buffer.from(digits, "hex"));
const hexOf = (value: Uint8Array | undefined) => value && Buffer.from(value).toString("hex");

function submit(
  smpp: object,
  config: SubmitConfig = {},
  content: string | null = null,
): Promise<SubmitSm[]> {
  const processor = new SubmitShortMessageProcessor(config, {
    referenceSequencer: { next: () => 7 },
  });
  const message = newMessage({ ...addresses, content, transport_metadata: { smpp } });
  return processor.handleOutboundMessage(message);
}

const wapPorts = { destination: 2948, originator: 9200 };

describe("octets instead of text", () => {
  test.each<[string, object, SubmitConfig, Partial<SubmitSm>, string]>([
    ["are binary", { octets: "00FFab" }, {}, { data_coding: 4, esm_class: 0 }, "00ffab"],
    [
      "do not take the data_coding of the configuration",
      { octets: "00" },
      { data_coding: 8 },
      { data_coding: 4 },
      "00",
    ],
    [
      "have the data_coding that the message says",
      { octets: "00", data_coding: "0xF5" },
      {},
      { data_coding: 0xf5 },
      "00",
    ],
    [
      "have one without characters, too",
      { octets: "00", data_coding: 2 },
      { codings: [{ charset: "latin1", data_coding: 0 }] },
      { data_coding: 2 },
      "00",
    ],
    ["have a class", { octets: "00", message_class: 1 }, {}, { data_coding: 0xf5 }, "00"],
    ["may be none", { octets: "" }, {}, { data_coding: 4 }, ""],
    [
      "have ports in front",
      { octets: "0102", ports: wapPorts },
      {},
      { data_coding: 4, esm_class: 0x40 },
      "0605040b8423f00102",
    ],
    [
      "have ports of 8 bits in front",
      { octets: "01", ports: { destination: 240, originator: "241", bits: 8 } },
      {},
      { esm_class: 0x40 },
      "040402f0f101",
    ],
    [
      "have ports of 16 bits in front",
      { octets: "01", ports: { destination: 240, originator: "241", bits: "16" } },
      {},
      { esm_class: 0x40 },
      "06050400f000f101",
    ],
    [
      "have other elements in front, behind the ports",
      {
        octets: "01",
        ports: { destination: 1 },
        udh: [{ iei: 0x70, data: "aa" }, { iei: "0x71" }],
      },
      {},
      { esm_class: 0x40 },
      "0b0504000100007001aa710001",
    ],
    [
      "keep the mode of esm_class",
      { octets: "01", ports: wapPorts },
      { esm_class: 3 },
      { esm_class: 0x43 },
      "0605040b8423f001",
    ],
  ])("%s", async (_, smpp, config, fields, short_message) => {
    for (const multipart_handling of [
      "short_message",
      "message_payload",
      "multipart_udh",
      "multipart_sar",
    ] as const) {
      const [pdu, ...more] = await submit(smpp, { ...config, multipart_handling });
      expect(more).toEqual([]);
      expect(pdu).toMatchObject(fields);
      expect(hexOf(pdu?.short_message)).toBe(short_message);
      expect(decode(encode(pdu ?? { command: "submit_sm" }))).toMatchObject(fields);
    }
  });

  test("are sent, and not the content", async () => {
    const [pdu] = await submit({ octets: "01" }, {}, "text");
    expect(hexOf(pdu?.short_message)).toBe("01");
  });

  test("go out in parts, ports and numbers in one header", async () => {
    const long = "00112233445566778899".repeat(30);
    const parts = await submit(
      { octets: long, ports: wapPorts },
      { multipart_handling: "multipart_udh" },
    );
    expect(parts).toHaveLength(3);
    for (const [i, { esm_class, data_coding, short_message }] of parts.entries()) {
      expect([esm_class, data_coding]).toEqual([0x40, 4]);
      expect(short_message?.length).toBeLessThanOrEqual(140);
      expect(readUdh(short_message ?? octets(""))).toMatchObject({
        concat: { reference: 7, total: 3, sequence: i + 1 },
        ports: wapPorts,
      });
    }
    expect(hexOf(joinParts(parts.map((part) => part.short_message ?? octets(""))))).toBe(long);
  });

  test("go out in parts by TLVs, the ports in each", async () => {
    const parts = await submit(
      { octets: "00".repeat(300), ports: wapPorts },
      { multipart_handling: "multipart_sar" },
    );
    expect(parts).toMatchObject(
      [1, 2, 3].map((sar_segment_seqnum) => ({
        esm_class: 0x40,
        sar_total_segments: 3,
        sar_segment_seqnum,
      })),
    );
    for (const { short_message = octets("") } of parts) {
      expect(readUdh(short_message)).toMatchObject({ ports: wapPorts });
    }
  });

  test("that do not fit into one short message go into message_payload, header included", async () => {
    const config = { multipart_handling: "message_payload" } as const;
    const [fits] = await submit({ octets: "00".repeat(133), ports: wapPorts }, config);
    expect([fits?.short_message?.length, fits?.message_payload]).toEqual([140, undefined]);
    const [longer] = await submit({ octets: "00".repeat(134), ports: wapPorts }, config);
    expect([longer?.short_message, longer?.message_payload?.length]).toEqual([undefined, 141]);
    expect(longer?.esm_class).toBe(0x40);
  });

  test.each<[object, SubmitConfig, string]>([
    [
      { octets: "0" },
      {},
      "octets: expected hexadecimal digits, two for each octet, at most 65535 octets, got text of 1 characters",
    ],
    [
      { octets: "zz" },
      {},
      "octets: expected hexadecimal digits, two for each octet, at most 65535 octets, got text of 2 characters",
    ],
    [
      { octets: "00".repeat(65_536) },
      {},
      "octets: expected hexadecimal digits, two for each octet, at most 65535 octets, got text of 131072 characters",
    ],
    [
      { octets: [1, 2] },
      {},
      "octets: expected hexadecimal digits, two for each octet, at most 65535 octets, got a list",
    ],
    [{ octets: "00".repeat(255) }, {}, "content: 255 octets do not fit into short_message"],
    [{ octets: "00", esm_class: 0x40 }, {}, "esm_class: expected no 0x40 (UDHI) beside octets"],
    [
      { octets: "00" },
      { esm_class: 0x40 },
      "esm_class: expected no 0x40 (UDHI) beside octets: it is set where ports or udh make a header, and octets have none, got 64",
    ],
    [
      { ports: { destination: 65_536 } },
      {},
      "ports.destination: expected an integer from 0 to 65535, got 65536",
    ],
    [
      { ports: { originator: 1 } },
      {},
      "ports.destination: missing, expected an integer from 0 to 65535",
    ],
    [
      { ports: { destination: 256, bits: 8 } },
      {},
      "ports: expected destination and originator, each from 0 to 65535, or to 255 with bits 8, got a mapping",
    ],
    [{ ports: { destination: 1, bits: 7 } }, {}, "ports.bits: expected 8 or 16, got 7"],
    [{ ports: { dest: 1 } }, {}, "ports.dest: unknown key, did you mean destination?"],
    [
      { ports: 2948 },
      {},
      "ports: expected destination and originator, each from 0 to 65535, or to 255 with bits 8, got 2948",
    ],
    [
      { udh: [{ iei: 0, data: "010203" }] },
      {},
      "udh.0.iei: expected an integer from 0 to 255 other",
    ],
    [{ udh: [{ iei: 5, data: "0b8423f0" }] }, {}, "(ports), 36 and 37 (national_tables), got 5"],
    [
      { udh: [{ iei: 0x70, data: "a" }] },
      {},
      "udh.0.data: expected hexadecimal digits, two for each octet, at most 65535 octets, got text of 1 characters",
    ],
    [{ udh: [{ data: "aa" }] }, {}, "udh.0.iei: missing, expected an integer"],
    [
      { udh: { iei: 1 } },
      {},
      "udh: expected a list of elements, each with iei and data, got a mapping",
    ],
    [
      { udh: [{ iei: 0x70, data: "00".repeat(254) }] },
      { multipart_handling: "multipart_udh" },
      "content: ",
    ],
    [{ octets: "00" }, { unsupported: ["octets"] }, "this SMSC ignores octets"],
    [{ ports: wapPorts }, { unsupported: ["ports"] }, "this SMSC ignores ports"],
  ])("%# are refused with the place", async (smpp, config, says) => {
    const error = await submit(smpp, config, "x").catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ProcessorError);
    expect(error).toHaveProperty("message", expect.stringContaining(says));
  });

  test.each([0, 4, 5, 8, 36, 37])("element %i is written by another setting", async (iei) => {
    await expect(submit({ udh: [{ iei, data: "01" }] }, {}, "x")).rejects.toThrow(
      `udh.0.iei: expected an integer from 0 to 255 other than`,
    );
  });

  test.each(["octets", "ports", "udh"])("%s is no key of the configuration", (key) => {
    expect(() => Reflect.construct(SubmitShortMessageProcessor, [{ [key]: "00" }])).toThrow(
      `${key}: unknown key`,
    );
  });
});

describe("text behind a header", () => {
  test.each(["short_message", "multipart_udh", "message_payload"] as const)(
    "has the ports in front: %s",
    async (multipart_handling) => {
      const [pdu] = await submit({ ports: wapPorts }, { multipart_handling }, "hi");
      expect(pdu).toMatchObject({ esm_class: 0x40, data_coding: 0 });
      expect(hexOf(pdu?.short_message)).toBe("0605040b8423f06869");
    },
  );

  test("in packed septets begins where a septet would", async () => {
    const codings = [{ charset: "gsm0338-packed", data_coding: 0 }];
    const [pdu] = await submit({ ports: wapPorts }, { codings }, "hi");
    expect(hexOf(pdu?.short_message)).toBe("0605040b8423f0e834");
  });

  test("goes out in parts that leave room for it", async () => {
    const parts = await submit(
      { ports: wapPorts },
      { multipart_handling: "multipart_udh" },
      "x".repeat(300),
    );
    expect(parts).toHaveLength(3);
  });
});

describe("an inbound message that is not text", () => {
  async function inbound(fields: Omit<PduInputOf<"deliver_sm">, "command">) {
    const processor = new ShortMessageProcessor({}, { cache: new InMemorySmppCache() });
    const outcome = await processor.handleDeliverSm(deliverSm(fields));
    if (outcome.kind !== "message") throw new Error(outcome.kind);
    return outcome.message;
  }

  /** By its tag: the standard has it in submit_sm alone, and SMSCs pass it on. */
  const waitFacilities = (octet: number) => ({ tag: 0x0030, value: Uint8Array.of(octet) });
  const header = writeUdh([portsElement(wapPorts), { iei: 0x70, data: octets("aa") }]);

  test("has under smpp_ what an outbound one has in smpp", async () => {
    const short_message = Uint8Array.of(...header, 0, 0xff);
    expect(
      (await inbound({ esm_class: 0x40, data_coding: 4, short_message })).transport_metadata,
    ).toEqual({
      smpp_ports: wapPorts,
      smpp_udh: [{ iei: 0x70, data: "aa" }],
      smpp_data_coding: 4,
      smpp_octets: "00ff",
    });
  });

  test("says that ports have 8 bits", async () => {
    const short_message = octets("040402f0f141");
    expect((await inbound({ esm_class: 0x40, short_message })).transport_metadata).toEqual({
      smpp_ports: { destination: 240, originator: 241, bits: 8 },
    });
  });

  test("can be answered in kind: what it says goes out again as it came", async () => {
    const element = fc.record({
      iei: fc.constantFrom(1, 9, 0x20, 0x70, 0xff),
      data: fc.uint8Array({ maxLength: 5 }),
    });
    const ports = fc.record({
      destination: fc.nat(65_535),
      originator: fc.nat(65_535),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.option(ports, { nil: undefined }),
        fc.array(element, { maxLength: 3 }),
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        fc.constantFrom(2, 4, 0xf4, 0xf6),
        async (ports, elements, body, data_coding) => {
          const all = [...(ports ? [portsElement(ports)] : []), ...elements];
          const front = all.length > 0 ? writeUdh(all) : octets("");
          const short_message = Uint8Array.of(...front, ...body);
          const esm_class = all.length > 0 ? 0x40 : 0;
          const message = await inbound({ esm_class, data_coding, short_message });
          const told = message.transport_metadata;
          const smpp = {
            octets: told["smpp_octets"],
            data_coding: told["smpp_data_coding"],
            ...("smpp_ports" in told && { ports: told["smpp_ports"] }),
            ...("smpp_udh" in told && { udh: told["smpp_udh"] }),
          };
          const answer = reply(message, { transport_metadata: { ...told, smpp } });
          const [pdu] = await new SubmitShortMessageProcessor().handleOutboundMessage(answer);
          expect(pdu).toMatchObject({ esm_class, data_coding });
          expect(hexOf(pdu?.short_message)).toBe(hexOf(short_message));
        },
      ),
    );
  });

  test.each<[string, Omit<PduInputOf<"deliver_sm">, "command">, object[]]>([
    [
      "voice on, to discard",
      { data_coding: 0xc8 },
      [{ kind: "voice", active: true, store: false }],
    ],
    ["fax off, to discard", { data_coding: 0xc1 }, [{ kind: "fax", active: false, store: false }]],
    ["e-mail on, to store", { data_coding: 0xda }, [{ kind: "email", active: true, store: true }]],
    ["other on, UCS2", { data_coding: 0xeb }, [{ kind: "other", active: true, store: true }]],
    ["voice on, UCS2", { data_coding: 0xe8 }, [{ kind: "voice", active: true, store: true }]],
    [
      "three voice messages, in the header",
      { esm_class: 0x40, short_message: octets("0401020003") },
      [{ kind: "voice", active: true, store: false, count: 3 }],
    ],
    [
      "no fax any more and two e-mails, in the header, to store",
      { esm_class: 0x40, short_message: octets("0801028100" + "01028202") },
      [
        { kind: "fax", active: false, store: true, count: 0 },
        { kind: "email", active: true, store: true, count: 2 },
      ],
    ],
    [
      "a TLV that switches off",
      { unknown_tlvs: [waitFacilities(0x03)] },
      [{ kind: "other", active: false }],
    ],
    [
      "an element of another length says nothing, the TLV does",
      {
        unknown_tlvs: [waitFacilities(0x80)],
        esm_class: 0x40,
        short_message: octets("050103810200" + "41"),
      },
      [{ kind: "voice", active: true }],
    ],
    ["a TLV", { unknown_tlvs: [waitFacilities(0x82)] }, [{ kind: "email", active: true }]],
    [
      "a TLV and data_coding of one kind: data_coding counts",
      { unknown_tlvs: [waitFacilities(0x80)], data_coding: 0xc0 },
      [{ kind: "voice", active: false, store: false }],
    ],
  ])("tells which messages wait: %s", async (_, fields, waiting) => {
    const { transport_metadata } = await inbound({ short_message: octets("0041"), ...fields });
    expect(transport_metadata).toMatchObject({ smpp_message_waiting: waiting });
  });

  test.each([0, 8, 0x10, 0xbf, 0xf0])("with data_coding %i has none", async (data_coding) => {
    const { transport_metadata } = await inbound({ data_coding, short_message: octetsOf("hi") });
    expect(transport_metadata).not.toHaveProperty("smpp_message_waiting");
  });

  test("with an indication has its text", async () => {
    const stored = { data_coding: 0xe8, short_message: octets("0416") };
    expect((await inbound(stored)).content).toBe("Ж");
    const discarded = { data_coding: 0xc8, short_message: octetsOf("2 new") };
    expect((await inbound(discarded)).content).toBe("2 new");
  });
});

describe("content: null", () => {
  test("ends a USSD dialogue without a text, whatever is configured", async () => {
    for (const config of [{}, { ussd: {} }]) {
      const processor = new SubmitShortMessageProcessor(config);
      const message = newMessage({ ...addresses, content: null, transport_type: "ussd" });
      const [pdu] = await processor.handleOutboundMessage(message);
      expect(pdu?.short_message).toHaveLength(0);
    }
  });

  test("is refused for an SMS, with what to do", async () => {
    await expect(submit({})).rejects.toMatchObject({
      code: "content_missing",
      message:
        'content: expected text, got null; transport_metadata.smpp.octets is for what is not text, and an empty text is ""',
    });
  });
});

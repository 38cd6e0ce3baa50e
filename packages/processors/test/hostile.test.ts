/** What a peer sends to fill the memory: nothing of a PDU is kept beyond what is needed. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { InMemorySmppCache, type MessagePart, type SmppCache } from "@esme/caches";
import { newMessage } from "@esme/messages";
import { decode, encode, type PduInputOf } from "@esme/pdu";
import { concatElement, writeUdh } from "@esme/sm-split";
import { describe, expect, test } from "vitest";
import {
  type DeliverSm,
  type DeliverSmOutcome,
  DeliveryReportProcessor,
  parseReceipt,
  ShortMessageProcessor,
  SubmitShortMessageProcessor,
} from "../src/index.ts";
import { deliverSm, octetsOf } from "./deliver.ts";
import { ownCache } from "./own-cache.ts";

/** A PDU whose octets are views into a chunk of 64 kB, as they come off the network. */
function inLargeChunk(fields: Omit<PduInputOf<"deliver_sm">, "command">): DeliverSm {
  const frame = encode({
    source_addr: "1",
    destination_addr: "2",
    ...fields,
    command: "deliver_sm",
  });
  const chunk = Buffer.alloc(65_536);
  chunk.set(frame, 1000);
  const pdu = decode(chunk.subarray(1000, 1000 + frame.length));
  if (pdu.command !== "deliver_sm") throw new Error(pdu.command);
  return pdu;
}

const partOf = (sequence: number, total = 2) => ({
  esm_class: 0x40,
  short_message: Uint8Array.of(
    ...writeUdh([concatElement({ reference: 1, total, sequence }, 8)]),
    0x41,
  ),
});

describe("views into what came in one read", () => {
  test.each(["a cache that leases", "another one"])("are not handed to %s", async (which) => {
    const memory = new InMemorySmppCache();
    const kept: MessagePart[] = [];
    const leasing: SmppCache = {
      ...ownCache(memory),
      leaseMultipart: (part, seconds) => {
        kept.push(part);
        return memory.leaseMultipart(part, seconds);
      },
      settleMultipart: (part, published) => memory.settleMultipart(part, published),
    };
    const another: SmppCache = {
      ...ownCache(memory),
      storeMultipart: (part) => {
        kept.push(part);
        return memory.storeMultipart(part);
      },
    };
    const cache = which === "another one" ? another : leasing;
    const processor = new ShortMessageProcessor({}, { cache });
    const outcomes: DeliverSmOutcome[] = [];
    for (const sequence of [1, 2]) {
      outcomes.push(await processor.handleDeliverSm(inLargeChunk(partOf(sequence))));
    }
    expect(outcomes.map(({ kind }) => kind)).toEqual(["incomplete", "message"]);
    expect(kept.map(({ octets }) => octets.buffer.byteLength)).toEqual([1, 1]);
  });

  test("are not in a message or an event", async () => {
    const cache = new InMemorySmppCache();
    await cache.storeSmppMessageId("smsc-1", "msg-1");
    const unknown_tlvs = [{ tag: 0x1400, value: octetsOf("x") }];
    const network_error_code = Uint8Array.of(3, 0, 5);
    const text = await new ShortMessageProcessor({}, { cache }).handleDeliverSm(
      inLargeChunk({ data_coding: 4, short_message: octetsOf("x"), unknown_tlvs }),
    );
    const report = await new DeliveryReportProcessor(
      { receipt_details: true },
      { cache },
    ).handleDeliverSm(
      inLargeChunk({
        esm_class: 4,
        short_message: octetsOf("id:smsc-1 stat:DELIVRD"),
        network_error_code,
      }),
    );
    for (const outcome of [text, report]) {
      const body = JSON.parse(JSON.stringify(outcome));
      expect(outcome).toMatchObject(body);
      expect(["message", "event"]).toContain(outcome.kind);
    }
  });

  test("and long texts are not kept alive by receipts that wait", async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const used = () => {
      collect();
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      return arrayBuffers + heapUsed;
    };
    const processor = new DeliveryReportProcessor(
      { early_receipts: 60 },
      { cache: new InMemorySmppCache() },
    );
    const deliver = (number: number) => {
      const id = `id:smsc-with-a-long-id-${number}`;
      const text = `${id} stat:DELIVRD err:000 text:${"x".repeat(60_000)}`;
      return processor.handleDeliverSm(
        inLargeChunk({ esm_class: 4, message_payload: octetsOf(text) }),
      );
    };
    await deliver(0);
    const before = used();
    const waiting: DeliverSmOutcome[] = [];
    for (let number = 1; number <= 300; number++) waiting.push(await deliver(number));
    const grown = used() - before;
    expect(waiting.every(({ kind }) => kind === "kept")).toBe(true);
    // Half of a text: other tests may leave something behind meanwhile.
    expect(grown / waiting.length).toBeLessThan(30_000);
  });
});

describe("what is too long", () => {
  const long = "7".repeat(256);

  test("is no id, in the text or in the TLV", () => {
    expect(parseReceipt(`id:${long} stat:DELIVRD err:000`)?.id).toBeNull();
    expect(parseReceipt(`id:${long.slice(1)} stat:DELIVRD err:000`)?.id).toHaveLength(255);
    const body = octetsOf("id:short stat:DELIVRD");
    const pdu = { esm_class: 4, short_message: body, receipted_message_id: long, message_state: 2 };
    expect(parseReceipt(pdu)?.id).toBe("short");
  });

  test("is not looked up", async () => {
    const asked: string[] = [];
    const cache: SmppCache = {
      ...ownCache(),
      fetchSmppMessageId: async (id) => {
        asked.push(id);
        return undefined;
      },
    };
    const processor = new DeliveryReportProcessor(
      { early_receipts: 0, id_format: "auto" },
      { cache },
    );
    const pdu = deliverSm({ esm_class: 4, message_payload: octetsOf(`id:${long} stat:DELIVRD`) });
    expect(await processor.handleDeliverSm(pdu)).toMatchObject({
      kind: "unmatched",
      receipt: { id: null, stat: "DELIVRD" },
    });
    expect(asked).toEqual([]);
  });

  test.each(["stat", "err", "sub", "dlvrd", "submit date", "done date"])("is no %s", (label) => {
    const receipt = parseReceipt(`id:1 stat:DELIVRD err:1 ${label}:${long}`);
    expect(JSON.stringify(receipt).length).toBeLessThan(500);
    const alone = parseReceipt({
      esm_class: 4,
      short_message: octetsOf(`id:1 ${label}:${"x".repeat(60_000)}`),
    });
    expect(alone).toMatchObject({ id: "1", status: "pending" });
    expect(JSON.stringify(alone).length).toBeLessThan(500);
  });

  test("is quoted up to 1,000 characters", () => {
    const receipt = parseReceipt(`id:1 stat:DELIVRD text:${"é".repeat(60_000)}`);
    expect(receipt?.text).toBe("é".repeat(1000));
  });

  test("is no code that was dialled, but content", async () => {
    const ussd = { dialect: "mica" } as const;
    const processor = new ShortMessageProcessor({ ussd }, { cache: new InMemorySmppCache() });
    const outcome = await processor.handleDeliverSm(
      deliverSm({ message_payload: octetsOf("x".repeat(256)), ussd_service_op: Uint8Array.of(1) }),
    );
    expect(outcome).toMatchObject({
      message: { to_addr: "123456", content: "x".repeat(256), session_event: "new" },
    });
  });
});

test.each(["short_message", "multipart_udh", "message_payload"] as const)(
  "a text of 1 MB is refused before it is encoded: %s",
  async (multipart_handling) => {
    const processor = new SubmitShortMessageProcessor({ multipart_handling });
    const message = newMessage({ to_addr: "1", from_addr: "2", content: "x".repeat(1_000_000) });
    await expect(processor.handleOutboundMessage(message)).rejects.toMatchObject({
      code: "too_long",
      message: "content: 1000000 characters do not fit into any message",
    });
  },
);

describe("errors for what comes from outside", () => {
  test("name the place where mappings are nested too deeply, or in a circle", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    for (const config of [{ registered_delivery: circle }, { tlvs: { a: circle } }]) {
      expect(() => Reflect.construct(SubmitShortMessageProcessor, [config])).toThrow(
        /^(registered_delivery|tlvs)\.\w+\.self\.\.\.: nested more than 20 deep$/,
      );
    }
  });

  const cache = new InMemorySmppCache();

  test.each<[string, object]>([
    [
      "80,000 unknown keys",
      Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`k${i}`, 1])),
    ],
    ["a long key", { ["k".repeat(60_000)]: 1 }],
    ["a long value", { service_type: "x".repeat(60_000) }],
    [
      "80,000 TLVs",
      { tlvs: Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`k${i}`, 1])) },
    ],
    ["80,000 elements", { udh: Array.from({ length: 80_000 }, () => ({ iei: 0 })) }],
  ])("are short: %s", (_, config) => {
    const message = newMessage({
      to_addr: "1",
      from_addr: "2",
      content: "x",
      transport_metadata: { smpp: config },
    });
    const refused = new SubmitShortMessageProcessor().handleOutboundMessage(message);
    return expect(refused).rejects.toSatisfy(({ message }: Error) => message.length < 12_000);
  });

  test.each<[object, string]>([
    [{ password: "geheim" }, "geheim"],
    [{ status_mapping: { api_key: "geheim" } }, "geheim"],
    [{ sources: { auth_token: "geheim" } }, "geheim"],
    [{ err_table: { codes: { secret: 7_654_321 } } }, "7654321"],
    [{ early_receipts: "amqp://user:geheim@host" }, "geheim"],
    [{ sources: ["geheim"] }, "geheim"],
    [{ status_mapping: [{ x: "geheim" }] }, "geheim"],
  ])("never show a secret: %j", (config, secret) => {
    const make = () => Reflect.construct(DeliveryReportProcessor, [config, { cache }]);
    expect(make).toThrow(/got|unknown key/);
    expect(make).not.toThrow(secret);
  });
});

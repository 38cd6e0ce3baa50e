import {
  InMemorySmppCache,
  idKey,
  type OverdueReceipt,
  type PartInfo,
  type SmppCache,
} from "@esme/caches";
import type { PduInputOf } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import {
  type DeliverSmOutcome,
  type DeliveryReportConfig,
  DeliveryReportProcessor,
} from "../src/index.ts";
import { deliverSm, octetsOf } from "./deliver.ts";
import { ownCache } from "./own-cache.ts";

type Fields = Omit<PduInputOf<"deliver_sm">, "command">;

const body = (stat: string, id = "smsc-1") =>
  octetsOf(
    `id:${id} sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:${stat} err:000 text:hello`,
  );
const receipt = (stat: string): Fields => ({ esm_class: 4, short_message: body(stat) });

async function processing(config: DeliveryReportConfig = {}) {
  const cache = new InMemorySmppCache();
  await cache.storeSmppMessageId("smsc-1", "msg-1");
  const processor = new DeliveryReportProcessor({ early_receipts: 0, ...config }, { cache });
  const handle = (fields: Fields) => processor.handleDeliverSm(deliverSm(fields));
  return { cache, handle };
}

async function publish(outcome: DeliverSmOutcome): Promise<DeliverSmOutcome> {
  if (outcome.kind === "event") await outcome.settle?.(true);
  return outcome;
}

const event = (delivery_status: string, smpp_delivery_status: string) => ({
  kind: "event",
  event: {
    event_type: "delivery_report",
    user_message_id: "msg-1",
    delivery_status,
    transport_metadata: { smpp_delivery_status },
  },
});

describe("states", () => {
  test.each([
    ["DELIVRD", "delivered"],
    ["DELIVERED", "delivered"],
    ["delivrd", "delivered"],
    ["ACCEPTD", "delivered"],
    ["ACCEPTED", "delivered"],
    ["EXPIRED", "failed"],
    ["DELETED", "failed"],
    ["UNDELIV", "failed"],
    ["UNDELIVERABLE", "failed"],
    ["REJECTD", "failed"],
    ["REJECTED", "failed"],
    ["SKIPPED", "failed"],
    ["FAILED", "failed"],
    ["ENROUTE", "pending"],
    ["SCHEDULED", "pending"],
    ["UNKNOWN", "pending"],
    ["BUFFRED", "pending"],
    ["NOCRED", "pending"],
    ["constructor", "pending"],
    ["0", "delivered"],
    ["1", "pending"],
    ["2", "delivered"],
    ["5", "failed"],
  ])("%s in the body means %s", async (stat, status) => {
    const { handle } = await processing();
    expect(await handle(receipt(stat))).toMatchObject(event(status, stat));
  });

  test.each([
    [0, "SCHEDULED", "pending"],
    [1, "ENROUTE", "pending"],
    [2, "DELIVERED", "delivered"],
    [3, "EXPIRED", "failed"],
    [4, "DELETED", "failed"],
    [5, "UNDELIVERABLE", "failed"],
    [6, "ACCEPTED", "delivered"],
    [7, "UNKNOWN", "pending"],
    [8, "REJECTED", "failed"],
    [9, "SKIPPED", "failed"],
    [42, "42", "pending"],
    [43, "43", "failed"],
  ])("%i in the TLV is %s and means %s", async (message_state, name, status) => {
    const { handle } = await processing({ status_additions: { "43": "failed" } });
    const tlvs = { receipted_message_id: "smsc-1", message_state };
    expect(await handle({ esm_class: 4, ...tlvs })).toMatchObject(event(status, name));
    expect(await handle({ ...receipt("DELETED"), ...tlvs })).toMatchObject(event(status, name));
  });
});

test("a receipt without a state is pending, and no late one", async () => {
  const { handle } = await processing();
  const outcome = await handle({ esm_class: 4, short_message: octetsOf("id:smsc-1 err:000") });
  expect(outcome).toMatchObject(event("pending", ""));
  expect(outcome).not.toHaveProperty("late");
});

describe("the id of a message", () => {
  test("is kept through passing states and forgotten once a final one is published", async () => {
    const { cache, handle } = await processing();
    for (const stat of ["ENROUTE", "ACCEPTD", "UNKNOWN", "NOCRED"]) {
      expect(await publish(await handle(receipt(stat)))).toMatchObject({ kind: "event" });
    }
    expect(await publish(await handle(receipt("DELIVRD")))).toMatchObject(
      event("delivered", "DELIVRD"),
    );
    expect(await cache.fetchSmppMessageId("smsc-1")).toBeUndefined();
  });

  test.each([0, 2])(
    "is known as settled then: another receipt for it is answered, and does not wait %i seconds",
    async (early_receipts) => {
      const { handle } = await processing({ early_receipts });
      await publish(await handle(receipt("DELIVRD")));
      for (const stat of ["DELIVRD", "EXPIRED", "ENROUTE"]) {
        expect(await handle(receipt(stat))).toEqual({ kind: "settled" });
      }
    },
  );

  test("is kept after an intermediate notification, whatever it says", async () => {
    const { handle } = await processing();
    await publish(await handle({ ...receipt("DELIVRD"), esm_class: 0x20 }));
    expect(await handle(receipt("DELIVRD"))).toMatchObject({ kind: "event" });
  });

  test("is kept when the report could not be published, so that it can come again", async () => {
    const { handle } = await processing();
    const outcome = await handle(receipt("DELIVRD"));
    if (outcome.kind === "event") await outcome.settle?.(false);
    expect(await handle(receipt("DELIVRD"))).toMatchObject(event("delivered", "DELIVRD"));
  });
});

describe("a receipt that matches no message", () => {
  test.each<[string, Fields]>([
    ["an unknown id", { esm_class: 4, short_message: body("DELIVRD", "nope") }],
    ["no id", { esm_class: 4, short_message: octetsOf("stat:DELIVRD") }],
    ["an empty id", { esm_class: 4, short_message: octetsOf("id: stat:DELIVRD") }],
    ["nothing at all", { esm_class: 4 }],
    ["esm_class 0 and both TLVs", { receipted_message_id: "nope", message_state: 2 }],
  ])("is told as such: %s", async (_, fields) => {
    const { handle } = await processing();
    expect(await handle(fields)).toMatchObject({ kind: "unmatched", receipt: {} });
  });
});

describe("a receipt that comes before its message's id", () => {
  /** A processor over a cache that lets receipts wait, and one over a cache that does not. */
  function early(config: DeliveryReportConfig = {}, cache: SmppCache = new InMemorySmppCache()) {
    const processor = new DeliveryReportProcessor(config, { cache });
    const keep = async (fields: Fields = receipt("DELIVRD")) => {
      const outcome = await processor.handleDeliverSm(deliverSm(fields));
      if (outcome.kind !== "kept") throw new Error(`a receipt that is ${outcome.kind}, not kept`);
      return outcome;
    };
    return { cache, processor, keep };
  }

  /** What the receipts say that waited for an id which is stored now. */
  async function claim(
    { cache, processor }: ReturnType<typeof early>,
    smppId: string,
    info?: PartInfo,
  ): Promise<DeliverSmOutcome[]> {
    const waited = (await cache.claimReceipts?.(smppId, "msg-1", info, 10)) ?? [];
    const known = { messageId: "msg-1", ...(info && { info }) };
    return Promise.all(waited.map((one) => processor.handleEarlyReceipt(one, smppId, known)));
  }

  const late = { ...event("delivered", "DELIVRD"), late: true };

  test("waits without being held, for `early_receipts` seconds, 60 unless given, and half a second more", async () => {
    expect(await early().keep()).toMatchObject({ time: 60_500 });
    expect(await early({ early_receipts: 7 }).keep()).toMatchObject({ time: 7500 });
    const off = early({ early_receipts: 0 }).processor;
    expect(await off.handleDeliverSm(deliverSm(receipt("DELIVRD")))).toMatchObject({
      kind: "unmatched",
    });
  });

  test("becomes an event for the process that stores the id, in any form that id_format knows", async () => {
    for (const [id_format, smppId, written] of [
      ["as_is", "smsc-1", "smsc-1"],
      ["auto", "SAR-27-1EEDF843-2-1", "SAR-27-1eedf843-2-1"],
      ["auto", "0000012345", "12345"],
      ["auto", "6AAD5", "436949"],
    ] as const) {
      const world = early({ id_format });
      const { recall } = await world.keep({
        esm_class: 4,
        short_message: body("DELIVRD", written),
      });
      const [outcome, ...others] = await claim(world, smppId);
      expect(outcome).toMatchObject(late);
      expect(others).toEqual([]);
      const recalled = await recall();
      expect(recalled).toMatchObject({ kind: "kept", time: 10_000 });
      if (outcome !== undefined) await publish(outcome);
      expect(await recall()).toEqual({ kind: "claimed" });
      expect(recalled.kind === "kept" && (await recalled.recall())).toEqual({ kind: "claimed" });
      expect(await world.cache.fetchSmppMessageId(smppId)).toBeUndefined();
    }
  });

  test("is reported with its details, and which part it is about", async () => {
    const world = early({ receipt_details: true });
    await world.keep();
    expect(await claim(world, "smsc-1", { part: 2, total: 3 })).toMatchObject([
      { event: { transport_metadata: { smpp_err: "000", smpp_part: 2, smpp_parts: 3 } } },
    ]);
  });

  test("is reported by the process that kept it when the one that stored the id did not publish it", async () => {
    const world = early();
    const { recall } = await world.keep();
    const [outcome] = await claim(world, "smsc-1");
    if (outcome?.kind === "event") await outcome.settle?.(false);
    const recalled = await recall();
    expect(recalled).toMatchObject(late);
    await publish(recalled);
    expect(await recall()).toEqual({ kind: "claimed" });
    expect(await world.cache.fetchSmppMessageId("smsc-1")).toBeUndefined();
  });

  test("is unmatched when no process stored the id in time", async () => {
    const { cache, keep } = early();
    const { recall } = await keep();
    expect(await recall()).toMatchObject({ kind: "unmatched", receipt: { id: "smsc-1" } });
    expect(await cache.claimReceipts?.("smsc-1", "msg-1", undefined, 10)).toEqual([]);
  });

  test("is found by the id in its text when its time is over and the TLV has another one", async () => {
    const { cache, keep } = early();
    const { recall } = await keep({
      ...receipt("DELIVRD"),
      receipted_message_id: "nope",
      message_state: 2,
    });
    await cache.storeSmppMessageId("smsc-1", "msg-1");
    expect(await recall()).toMatchObject({ kind: "event", late: true });
  });

  test("counts for the whole message where parts are reported together", async () => {
    const world = early({ multipart_reports: "aggregate" });
    const keepPart = (part: number, stat: string) =>
      world.keep({ esm_class: 4, short_message: body(stat, `smsc-${part}`) });
    await keepPart(1, "UNDELIV");
    const second = await keepPart(2, "DELIVRD");
    expect(await claim(world, "smsc-2", { part: 2, total: 2 })).toEqual([{ kind: "incomplete" }]);
    expect(await second.recall()).toEqual({ kind: "claimed" });
    expect(await claim(world, "smsc-1", { part: 1, total: 2 })).toMatchObject([
      { event: { user_message_id: "msg-1", delivery_status: "failed" }, late: true },
    ]);
  });

  test("of which another class put something into the cache is left to that one", async () => {
    const world = early();
    const name = { key: "smsc-1", exact: ["smsc-1"], folded: [] };
    for (const text of ["{}", "text", '{"status":"sent","state":"","final":true,"details":{}}']) {
      await world.cache.matchReceipt?.(name, { receipt: text, seconds: 2 });
    }
    const left = { kind: "not_handled" };
    expect(await claim(world, "smsc-1")).toEqual([left, left, left]);
  });

  test("does not wait without an id", async () => {
    const { processor } = early();
    const outcome = await processor.handleDeliverSm(deliverSm({ esm_class: 4 }));
    expect(outcome).toMatchObject({ kind: "unmatched" });
  });

  describe("and is taken over from the process that kept it", () => {
    /** As another process finds it in the cache. */
    async function overdue(
      world: ReturnType<typeof early>,
      match: OverdueReceipt["match"],
      fields: Fields = receipt("DELIVRD"),
      id = "smsc-1",
    ): Promise<OverdueReceipt> {
      await world.keep(fields);
      const [waited] = (await world.cache.claimReceipts?.(id, "", undefined, 0.001)) ?? [];
      if (waited === undefined) throw new Error("a receipt that does not wait");
      return { ...waited, key: idKey(id), match };
    }
    const known = { kind: "known", smppId: "smsc-1", message: { messageId: "msg-1" } } as const;

    test.each<[string, OverdueReceipt["match"], object]>([
      ["becomes an event where its id is known", known, late],
      [
        "is only answered where its message has its last state",
        { kind: "settled" },
        { kind: "settled" },
      ],
      [
        "is unmatched where its id is not known",
        { kind: "unknown" },
        {
          kind: "unmatched",
          receipt: { id: "smsc-1", stat: "DELIVRD", status: "delivered" },
        },
      ],
    ])("%s", async (_, match, outcome) => {
      const world = early();
      const taken = await world.processor.handleOverdueReceipt(await overdue(world, match));
      expect(taken).toMatchObject(outcome);
      if ("settle" in taken) await taken.settle?.(true);
      // The cache has it no more.
      expect(await world.cache.claimReceipts?.("smsc-1", "msg-2", undefined, 10)).toEqual([]);
    });

    test("stays in the cache when it was not published", async () => {
      const world = early();
      const receipt = await overdue(world, known);
      const taken = await world.processor.handleOverdueReceipt(receipt);
      if (taken.kind === "event") await taken.settle?.(false);
      expect(await world.cache.claimReceipts?.("smsc-1", "msg-1", undefined, 10)).toHaveLength(1);
    });

    test("is found by the id in its text when its TLV has another one", async () => {
      const world = early();
      const fields = { ...receipt("DELIVRD"), receipted_message_id: "nope", message_state: 2 };
      const receiptWithTwo = await overdue(world, { kind: "unknown" }, fields, "nope");
      await world.cache.storeSmppMessageId("smsc-1", "msg-1");
      expect(await world.processor.handleOverdueReceipt(receiptWithTwo)).toMatchObject(
        event("delivered", "DELIVERED"),
      );
    });

    test("is left where another class put it there", async () => {
      const { processor } = early();
      const other = { key: "smsc-1", token: "t", receipt: "{}", match: known };
      expect(await processor.handleOverdueReceipt(other)).toEqual({ kind: "not_handled" });
    });
  });

  describe("where receipts cannot wait in the cache", () => {
    test.each<[string, DeliveryReportConfig["id_format"]]>([
      ["smsc-1", "as_is"],
      ["0000SMSC-1", "auto"],
    ])("is looked for again soon: %s", async (smppId, id_format) => {
      const { cache, keep } = early({ id_format }, ownCache());
      const { recall, time } = await keep();
      expect(time).toBe(500);
      await cache.storeSmppMessageId(smppId, "msg-1");
      expect(await recall()).toMatchObject(late);
    });

    test("is reported at once when its id is known", async () => {
      const { cache, processor } = early({}, ownCache());
      await cache.storeSmppMessageId("smsc-1", "msg-1");
      const outcome = await processor.handleDeliverSm(deliverSm(receipt("DELIVRD")));
      expect(outcome).toMatchObject(event("delivered", "DELIVRD"));
    });

    test.each([
      [60, [500, 1000, 2000, 4000, 8000, 16_000, 29_000]],
      [1, [500, 1000]],
      [0.05, [500, 50]],
    ])("is unmatched when its id is not known after %d seconds", async (early_receipts, pauses) => {
      let outcome: DeliverSmOutcome = await early({ early_receipts }, ownCache()).keep();
      const waited: number[] = [];
      while (outcome.kind === "kept") {
        waited.push(outcome.time);
        outcome = await outcome.recall();
      }
      expect(waited).toEqual(pauses);
      expect(outcome).toMatchObject({ kind: "unmatched" });
    });
  });
});

describe("a text", () => {
  test.each<[string, Fields]>([
    [
      "that quotes a receipt",
      { short_message: octetsOf("I got id:5 stat:DELIVRD text:hi what is it?") },
    ],
    ["of a person", { short_message: octetsOf("Order id:55 not DELIVERED yet") }],
    [
      "with receipted_message_id alone",
      { short_message: octetsOf("hi"), receipted_message_id: "smsc-1" },
    ],
  ])("is not handled: %s", async (_, fields) => {
    const { handle } = await processing();
    expect(await handle(fields)).toEqual({ kind: "not_handled" });
  });
});

describe("configuration", () => {
  test("status_mapping takes the place of the table; what it lacks is pending", async () => {
    const { handle } = await processing({
      status_mapping: { Delivrd: "failed", BLACKLST: "failed" },
    });
    expect(await handle(receipt("DELIVRD"))).toMatchObject(event("failed", "DELIVRD"));
    const again = await processing({ status_mapping: { BLACKLST: "failed" } });
    expect(await again.handle(receipt("BLACKLST"))).toMatchObject(event("failed", "BLACKLST"));
    expect(await again.handle(receipt("DELIVRD"))).toMatchObject(event("pending", "DELIVRD"));
  });

  test("status_mapping written with the words of receipts serves the TLV too", async () => {
    const { handle } = await processing({
      status_mapping: { DELIVRD: "delivered", UNDELIV: "failed" },
    });
    const tlvs = { receipted_message_id: "smsc-1", message_state: 5 };
    expect(await handle({ esm_class: 4, ...tlvs })).toMatchObject(event("failed", "UNDELIVERABLE"));
  });

  const vumi =
    "id:(?P<id>[^ ]{,65})(?: +sub:(?P<sub>[^ ]+))?(?: +dlvrd:(?P<dlvrd>[^ ]+))?(?: +submit date:(?P<submit_date>\\d*))?(?: +done date:(?P<done_date>\\d*))? +stat:(?P<stat>[A-Z]{5,7})(?: +err:(?P<err>[^ ]+))? +[Tt]ext:(?P<text>.{,20}).*";

  test.each([
    ["vumi's own", vumi, "id:smsc-1 stat:DELIVRD text:hi"],
    ["one for fewer labels", "id:(?P<id>\\S+) +stat:(?P<stat>[A-Z]+)", "id:smsc-1 stat:DELIVRD"],
    [
      "one of another dialect",
      "(?i)msg=(?<id>[^;]+);state=(?<stat>\\w+)",
      "MSG=smsc-1;state=DELIVRD",
    ],
    [
      "Python's anchors and references",
      "\\A(?P<q>'?)(?P<id>[\\w-]+)(?P=q) (?P<stat>\\w+)\\Z",
      "'smsc-1' DELIVRD",
    ],
  ])("regex reads the body, whatever esm_class says: %s", async (_, regex, text) => {
    const { handle } = await processing({ regex });
    for (const esm_class of [0, 4]) {
      const outcome = await handle({ esm_class, short_message: octetsOf(text) });
      expect(outcome).toMatchObject(event("delivered", "DELIVRD"));
    }
  });

  test("regex is tried at the beginning of a text alone, as Python's match does", async () => {
    const { handle } = await processing({ regex: "(?m)^id:(?P<id>\\S+) stat:(?P<stat>\\w+)" });
    const quoted = octetsOf("I got\nid:smsc-1 stat:DELIVRD");
    expect(await handle({ short_message: quoted })).toEqual({ kind: "not_handled" });
    expect(await handle({ short_message: quoted, esm_class: 4 })).toMatchObject({
      kind: "unmatched",
    });
    const short_message = octetsOf("id:smsc-1 stat:DELIVRD");
    for (let times = 0; times < 2; times++) {
      expect(await handle({ short_message })).toMatchObject(event("delivered", "DELIVRD"));
    }
  });

  test("regex that does not match leaves a receipt without an id, and a text to others", async () => {
    const { handle } = await processing({ regex: "nr (?<id>\\d+) is (?<stat>\\w+)" });
    expect(await handle(receipt("DELIVRD"))).toMatchObject({
      kind: "unmatched",
      receipt: { id: null },
    });
    expect(await handle({ short_message: body("DELIVRD") })).toEqual({ kind: "not_handled" });
  });

  test("sources can be switched off", async () => {
    const { handle } = await processing({ sources: { body: false } });
    expect(await handle({ ...receipt("DELIVRD"), esm_class: 0 })).toEqual({ kind: "not_handled" });
  });

  test.each<[object, string]>([
    [{ status_maping: {} }, "status_maping: unknown key, did you mean status_mapping?"],
    [
      { status_mapping: { A: "sent" } },
      'status_mapping.A: expected pending, delivered or failed, got "sent"',
    ],
    [
      { regex: "(" },
      'regex: expected a regular expression with a group id (Unterminated group), got "("',
    ],
    [{ regex: "stat:(?P<stat>.*)" }, "it has no group named id"],
    [{ status_mapping: "x" }, 'status_mapping: expected states and what each means, got "x"'],
    [{ sources: { tlv: true } }, "sources.tlv: unknown key, did you mean tlvs?"],
  ])("%j is refused", (config, says) => {
    const cache = new InMemorySmppCache();
    expect(() => Reflect.construct(DeliveryReportProcessor, [config, { cache }])).toThrow(says);
  });
});

test("auto looks the id up once, and among two that differ by case alone takes neither", async () => {
  const cache = new InMemorySmppCache();
  const asked: string[] = [];
  const counting: SmppCache = {
    ...ownCache(),
    matchReceipt: (name, keep) => {
      asked.push(name.key);
      return cache.matchReceipt(name, keep);
    },
  };
  for (const id of ["AB12", "ab12"]) await cache.storeSmppMessageId(id, id);
  const config = { id_format: "auto", early_receipts: 0 } as const;
  const processor = new DeliveryReportProcessor(config, { cache: counting });
  const kinds = [];
  for (const id of ["AB12", "aB12", "ab12", "0ab12"]) {
    const pdu = deliverSm({ esm_class: 4, short_message: body("DELIVRD", id) });
    const outcome = await processor.handleDeliverSm(pdu);
    kinds.push(outcome.kind === "event" ? outcome.event.user_message_id : outcome.kind);
  }
  expect(kinds).toEqual(["AB12", "unmatched", "ab12", "unmatched"]);
  expect(asked).toHaveLength(4);
});

describe("id_format", () => {
  const matching = async (
    stored: string,
    written: string,
    id_format: DeliveryReportConfig["id_format"],
  ) => {
    const cache = new InMemorySmppCache();
    await cache.storeSmppMessageId(stored, "msg-1");
    const processor = new DeliveryReportProcessor({ id_format, early_receipts: 0 }, { cache });
    const pdu = deliverSm({ esm_class: 4, short_message: body("DELIVRD", written) });
    const outcome = await publish(await processor.handleDeliverSm(pdu));
    return { kind: outcome.kind, kept: await cache.fetchSmppMessageId(stored) };
  };

  test.each<[string, string, Exclude<DeliveryReportConfig["id_format"], undefined>]>([
    ["1234", "1234", "as_is"],
    ["436949", "6AAD5", "hex_to_decimal"],
    ["0000436949", "6aad5", "hex_to_decimal"],
    ["436949", "0x6AAD5", "hex_to_decimal"],
    ["6aad5", "436949", "decimal_to_hex"],
    ["6AAD5", "0000436949", "decimal_to_hex"],
    ["0006AAD5", "436949", "decimal_to_hex"],
    ["70BA8A69", "1891273321", "decimal_to_hex"],
    ["12345678", "0000000012345678", "strip_zeros"],
    ["0000000012345678", "12345678", "strip_zeros"],
    ["0", "0000", "strip_zeros"],
    ["AB12", "ab12", "auto"],
    ["ab12", "0000AB12", "auto"],
    ["6AAD5", "436949", "auto"],
    ["436949", "6aad5", "auto"],
    ["SAR-27-1EEDF843-2-1", "SAR-27-1eedf843-2-1", "auto"],
    ["SAR-27-1eedf843-2-1", "SAR-27-1EEDF843-2-1", "auto"],
    ["000123456789", "123456789", "auto"],
    ["123456789", "000123456789", "strip_zeros"],
    ["00006AAD5", "436949", "decimal_to_hex"],
    ["ffffffffffffffffffffffffffffffff", "340282366920938463463374607431768211455", "auto"],
  ])("%s is found when the receipt says %s, and forgotten: %s", async (stored, written, format) => {
    expect(await matching(stored, written, format)).toEqual({ kind: "event", kept: undefined });
  });

  test.each<[string, string, Exclude<DeliveryReportConfig["id_format"], undefined>]>([
    ["6aad5", "436949", "as_is"],
    ["AB12", "ab12", "as_is"],
    ["6aad5", "436949", "hex_to_decimal"],
    ["436949", "6aad5", "strip_zeros"],
    ["1234", "12-34", "auto"],
    ["16", "22", "as_is"],
    ["16", "34", "auto"],
  ])("%s is not found when the receipt says %s: %s", async (stored, written, format) => {
    expect((await matching(stored, written, format)).kind).toBe("unmatched");
  });

  test.each([0, 2])(
    "does not matter to an id in the text that matches when the TLV's does not, waiting %i seconds",
    async (early_receipts) => {
      const { handle } = await processing({ early_receipts });
      const outcome = await handle({
        ...receipt("DELIVRD"),
        receipted_message_id: "6000",
        message_state: 2,
      });
      expect(outcome).toMatchObject(event("delivered", "DELIVERED"));
    },
  );
});

describe("reports of a message in three parts", () => {
  const inParts = async (multipart_reports: "per_part" | "aggregate", states: string[]) => {
    const cache = new InMemorySmppCache();
    const processor = new DeliveryReportProcessor({ multipart_reports }, { cache });
    for (const part of [1, 2, 3]) {
      await cache.storeSmppMessageId(`smsc-${part}`, "msg-1", { part, total: 3 });
    }
    const outcomes: DeliverSmOutcome[] = [];
    for (const [i, stat] of states.entries()) {
      const short_message = body(stat, `smsc-${(i % 3) + 1}`);
      const outcome = await processor.handleDeliverSm(deliverSm({ esm_class: 4, short_message }));
      if (outcome.kind === "event") await outcome.settle?.(true);
      outcomes.push(outcome);
    }
    return outcomes.map((outcome) =>
      outcome.kind === "event"
        ? `${outcome.event.delivery_status} ${outcome.event.transport_metadata["smpp_delivery_status"]}`
        : outcome.kind,
    );
  };

  test("are one for each part by default", async () => {
    expect(await inParts("per_part", ["DELIVRD", "UNDELIV", "ENROUTE"])).toEqual([
      "delivered DELIVRD",
      "failed UNDELIV",
      "pending ENROUTE",
    ]);
  });

  test.each<[string, string[], string[]]>([
    [
      "delivered when all are",
      ["DELIVRD", "DELIVRD", "DELIVRD"],
      ["incomplete", "incomplete", "delivered DELIVRD"],
    ],
    [
      "failed when one is",
      ["DELIVRD", "UNDELIV", "DELIVRD"],
      ["incomplete", "incomplete", "failed UNDELIV"],
    ],
    [
      "not made of passing states",
      ["ENROUTE", "DELIVRD", "DELIVRD", "DELIVRD"],
      ["incomplete", "incomplete", "incomplete", "delivered DELIVRD"],
    ],
  ])("are one in all with aggregate: %s", async (_, states, outcomes) => {
    expect(await inParts("aggregate", states)).toEqual(outcomes);
  });

  test("come again with the last part's when the one report could not be published", async () => {
    const cache = new InMemorySmppCache();
    const processor = new DeliveryReportProcessor({ multipart_reports: "aggregate" }, { cache });
    for (const part of [1, 2]) {
      await cache.storeSmppMessageId(`smsc-${part}`, "msg-1", { part, total: 2 });
    }
    const handle = (part: number) =>
      processor.handleDeliverSm(
        deliverSm({ esm_class: 4, short_message: body("DELIVRD", `smsc-${part}`) }),
      );
    expect(await handle(1)).toEqual({ kind: "incomplete" });
    expect(await cache.fetchSmppMessageId("smsc-1")).toBeUndefined();
    const outcome = await handle(2);
    expect(outcome).not.toHaveProperty("late");
    if (outcome.kind === "event") await outcome.settle?.(false);
    expect(await handle(2)).toMatchObject(event("delivered", "DELIVRD"));
  });

  test.each([undefined, { part: 1, total: 1 }])(
    "with aggregate are one for each state of a message in one part: %j",
    async (info) => {
      const cache = new InMemorySmppCache();
      const processor = new DeliveryReportProcessor({ multipart_reports: "aggregate" }, { cache });
      await cache.storeSmppMessageId("smsc-1", "msg-1", info);
      for (const [stat, status] of [
        ["ENROUTE", "pending"],
        ["DELIVRD", "delivered"],
      ] as const) {
        const outcome = await processor.handleDeliverSm(deliverSm(receipt(stat)));
        expect(await publish(outcome)).toMatchObject(event(status, stat));
      }
    },
  );
});

test("receipt_details adds what else the receipt says", async () => {
  const cache = new InMemorySmppCache();
  await cache.storeSmppMessageId("smsc-1", "msg-1", { part: 2, total: 3 });
  const processor = new DeliveryReportProcessor({ receipt_details: true }, { cache });
  const network_error_code = Uint8Array.of(3, 0, 6);
  const outcome = await processor.handleDeliverSm(
    deliverSm({ ...receipt("UNDELIV"), network_error_code }),
  );
  expect(outcome.kind === "event" && outcome.event.transport_metadata).toEqual({
    smpp_delivery_status: "UNDELIV",
    smpp_err: "000",
    smpp_submit_date: "2024-01-02T03:04",
    smpp_done_date: "2024-01-02T03:05",
    smpp_network_error_code: "030006",
    smpp_part: 2,
    smpp_parts: 3,
  });
});

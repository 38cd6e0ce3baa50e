/** Operators' dialects, as their profiles have them: receipts, long texts, and tags that collide. */
import { newMessage } from "@esme/messages";
import { decode, encode, type PduInputOf } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { StatusTable } from "../src/config/values/status-table.ts";
import {
  configOf,
  delivered,
  operators,
  plugInsOf,
  rowOf,
  stated,
  submitted,
} from "./profile-world.ts";
import { start } from "./world.ts";

/** What the worker reports of a receipt whose message had that id in its submit_sm_resp. */
async function reported(
  slug: string,
  id: string,
  fields: Omit<PduInputOf<"deliver_sm">, "command">,
  dr_processor_config: Record<string, unknown> = {},
) {
  const { cache, deliveryReports } = await plugInsOf(slug, {
    dr_processor_config: { early_receipts: 0, ...dr_processor_config },
  });
  await cache.storeSmppMessageId(id, "msg-1");
  const outcome = await deliveryReports.handleDeliverSm(delivered({ esm_class: 4, ...fields }));
  if (outcome.kind !== "event") return outcome.kind;
  const { user_message_id, delivery_status, transport_metadata } = outcome.event;
  return { user_message_id, delivery_status, ...transport_metadata };
}

const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

/** Values for what examples only name. */
const filled = (example: string): string =>
  example
    .replace(/I{32}/, "1F0E2D3C4B5A69788796A5B4C3D2E1F0")
    .replace("UUID", "3f2504e0-4f89-11d3-9a0c-0305e82c3301")
    .replace("SMS_ID", "5551234")
    .replaceAll("yyyyMMddHHmmss", "20240301120509")
    .replaceAll("YYMMDDHHMM", "2403011205")
    .replace(/PAGES\w*/g, "1")
    .replace(/STATUS_TEXT|S{7}/, "DELIVRD")
    .replace(/SMPP_ERROR_CODE|EEE/, "000");

describe("the receipt that an operator prints", () => {
  const examples = stated(({ receipt }) => receipt?.example);

  /** The id of submit_sm_resp for it, and what the receipt says. */
  const meant: Readonly<
    Record<string, [id: string, state: string, status: string, done?: string]>
  > = {
    vonage: ["0000000000BC614E", "DELIVRD", "delivered", "2016-01-01T01:01"],
    cm: ["1F0E2D3C4B5A69788796A5B4C3D2E1F0", "DELIVRD", "delivered", "2024-03-01T12:05:09"],
    gatewayapi: ["1390125333", "DELIVRD", "delivered", "2020-11-18T10:54"],
    "cheap-global-sms": ["5551234", "DELIVRD", "delivered", "2024-03-01T12:05"],
    inmobile: ["3f2504e0-4f89-11d3-9a0c-0305e82c3301", "DELIVRD", "delivered", "2019-11-12T13:14"],
    "otp-blue": ["abc-123", "DELIVRD", "delivered", "2026-02-12T14:30"],
    "uk-carrier-2002": ["aa2345678b9c03de45fg67h", "00", "delivered", "2002-10-02T15:43"],
    smppcenter: ["64567564356765435676", "DELIVRD", "delivered", "2019-06-08T16:52:37"],
  };

  test("is known for each of them", () => {
    expect(examples.map(([slug]) => slug).sort()).toEqual(Object.keys(meant).sort());
  });

  test.each(examples)("is read with the profile %s: %s", async (slug, example) => {
    const [id = "", state, status, done] = meant[slug] ?? [];
    const fields = { short_message: octets(filled(example)) };
    expect(await reported(slug, id, fields, { receipt_details: true })).toMatchObject({
      user_message_id: "msg-1",
      delivery_status: status,
      smpp_delivery_status: state,
      smpp_done_date: done,
    });
  });
});

describe("receipts", () => {
  test("of Vonage have in decimal what the response has in hex, and never another's id", async () => {
    const short_message = octets(
      "id:0000000012345678 sub:001 dlvrd:001 stat:DELIVRD err:000 text:none",
    );
    expect(await reported("vonage", "bc614e", { short_message })).toMatchObject({
      delivery_status: "delivered",
    });
    expect(await reported("vonage", "0000000012345678", { short_message })).toBe("unmatched");
  });

  test("of Vonage say by err whether it is worth another try", async () => {
    const of = (err: string) =>
      reported("vonage", "bc614e", {
        short_message: octets(`id:12345678 stat:UNDELIV err:${err} text:none`),
      });
    expect(await of("002")).toMatchObject({
      smpp_err_meaning: "absent for now",
      smpp_err_permanence: "temporary",
    });
    expect(await of("003")).toMatchObject({ smpp_err_permanence: "permanent" });
    expect(await of("006")).toMatchObject({ smpp_err_meaning: "spam" });
  });

  test.each(["INVALID-SUB", "PROMO-TMOUT", "INV-TEMPLATE"])(
    "of Route Mobile end with %s, also without esm_class",
    async (stat) => {
      const short_message = octets(
        `id:1 sub:001 dlvrd:000 submit date:2403011205 stat:${stat} err:034 text:`,
      );
      for (const esm_class of [0, 4]) {
        expect(await reported("route-mobile", "1", { esm_class, short_message })).toMatchObject({
          delivery_status: "failed",
          smpp_delivery_status: stat,
        });
      }
    },
  );

  test("of CM.com may be data_sm with message_payload", async () => {
    const { cache, deliveryReports } = await plugInsOf("cm");
    await cache.storeSmppMessageId("a".repeat(32), "msg-1");
    const text = `id:${"a".repeat(32)} submit date:20240301120509 done date:20240301120510 stat:ENROUTE err:000`;
    const pdu = decode(
      encode({
        command: "data_sm",
        source_addr: "1",
        destination_addr: "2",
        esm_class: 4,
        message_payload: octets(text),
      }),
    );
    if (pdu.command !== "data_sm") throw new Error(pdu.command);
    const outcome = await deliveryReports.handleDeliverSm(pdu);
    expect(outcome.kind === "event" && outcome.event.delivery_status).toBe("pending");
  });

  test("of the carrier of 2002 say what is on its way, and what failed for want of credit", async () => {
    const text = "01,0210021543,0210021500,30,447700900123,10110200000000,aa2345678b9c03de45fg67h";
    expect(
      await reported("uk-carrier-2002", "aa2345678b9c03de45fg67h", { short_message: octets(text) }),
    ).toMatchObject({
      delivery_status: "pending",
      smpp_err_meaning: "no credit",
    });
  });

  test.each([
    ["a1b2", "a1b2"],
    ["bc614e", "12345678"],
    ["12345678", "bc614e"],
  ])("of Cardboardfish are found in each form: %s by %s", async (id, written) => {
    const short_message = octets(`id:${written} sub:001 dlvrd:001 stat:DELIVRD err:000 text:`);
    expect(await reported("cardboardfish", id, { short_message })).toMatchObject({
      delivery_status: "delivered",
    });
  });

  test("of ClickSend are in UTC", async () => {
    const short_message = octets(
      "id:1 submit date:2403011205 done date:2403011206 stat:DELIVRD err:000",
    );
    expect(
      await reported("clicksend", "1", { short_message }, { receipt_details: true }),
    ).toMatchObject({
      smpp_done_date: "2024-03-01T12:06Z",
    });
  });

  test("of OVHcloud carry its own id", async () => {
    const fields = {
      short_message: octets("id:1 stat:DELIVRD err:000"),
      unknown_tlvs: [{ tag: 0x1401, value: octets("ovh-77\0") }],
    };
    expect(await reported("ovhcloud", "1", fields)).toMatchObject({
      smpp_tlvs: { outgoing_id: "ovh-77" },
    });
  });

  test("of Txtwire are not texts with a ticket", async () => {
    const ticket = {
      esm_class: 0,
      receipted_message_id: "1",
      message_state: 2,
      short_message: octets("yes"),
    };
    expect(await reported("txtwire", "1", ticket)).toBe("not_handled");
    expect(await reported("8x8", "1", ticket)).toMatchObject({ delivery_status: "delivered" });
  });
});

describe("long texts", () => {
  const long = "x".repeat(400);
  const udh = { esm_class: 0x40, header: "050003", parts: 3 };
  const payload = { esm_class: 0, header: "", parts: 1 };
  const udhOctets = 6;

  test.each([
    ["vonage", udh],
    ["bulksms", udh],
    ["route-mobile", udh],
    ["kaleyra", udh],
    ["ovhcloud", udh],
    ["link-mobility-dk", udh],
    ["bind", udh],
    ["kast", udh],
    ["telecomsxchange", udh],
    ["gatewayapi", payload],
    ["puzzel", payload],
    ["huawei-infox", { esm_class: 0, header: "", parts: 3 }],
  ])("go out as %s wants them", async (slug, wanted) => {
    const pdus = await submitted(slug, long);
    expect(pdus).toHaveLength(wanted.parts);
    for (const pdu of pdus) {
      expect(pdu.esm_class).toBe(wanted.esm_class);
      const begin = Buffer.from(pdu.short_message ?? []).toString(
        "hex",
        0,
        wanted.header.length / 2,
      );
      expect(begin).toBe(wanted.header);
      if (wanted === payload) expect(pdu.message_payload).toHaveLength(long.length);
      else expect(pdu.message_payload).toBeUndefined();
    }
    expect(pdus.map((pdu) => pdu.sar_total_segments)).toEqual(
      pdus.map(() => (slug === "huawei-infox" ? 3 : undefined)),
    );
  });

  const perPart = stated(({ long_messages }) => long_messages?.chars_per_part).flatMap(
    ([slug, limits]) =>
      [
        ["7-bit", "x", 1],
        ["16-bit", "ж", 2],
      ].flatMap(([name, character, size]) => {
        const limit = limits[String(name)];
        return limit === undefined ? [] : [[slug, limit, String(character), Number(size)] as const];
      }),
  );

  test.each(perPart)("of %s hold %i times %s in a part", async (slug, limit, character, size) => {
    const [first] = await submitted(slug, character.repeat(200));
    const octetsOfText = (first?.short_message?.length ?? 0) - udhOctets;
    expect(octetsOfText / size).toBe(limit);
  });

  test.each(["link-mobility-dk", "kast", "vonage"])("of %s keep to one session", (slug) => {
    expect(configOf(slug).parts_on_one_bind).toBe(true);
  });
});

test("of a long text one receipt comes where the last part alone has an id", async () => {
  let parts = 0;
  const messageId = () => {
    parts += 1;
    return parts === 3 ? "dk-1" : "";
  };
  const registered_delivery = { delivery_receipt: 1 };
  const { application } = await start({
    smsc: { messageId },
    config: {
      profile: "link-mobility-dk",
      submit_sm_processor_config: { registered_delivery },
    },
  });
  const id = await application.send("x".repeat(400));
  const events = [await application.events.next(), await application.events.next()];
  // The receipt may be read before the answers to all parts.
  const ack = { event_type: "ack", user_message_id: id };
  const report = { event_type: "delivery_report", user_message_id: id };
  expect(events).toContainEqual(expect.objectContaining(ack));
  expect(events).toContainEqual(
    expect.objectContaining({ ...report, delivery_status: "delivered" }),
  );
  expect(parts).toBe(3);
});

describe("alphabets", () => {
  test.each([
    ["webcom", "ж", {}, 2, "0436"],
    ["webcom", "ê", { data_coding: 1 }, 1, "ea"],
    ["webcom", "@", {}, 0, "00"],
    ["bind", "ê", { data_coding: 1 }, 1, "ea"],
    ["bind", "ê", {}, 8, "00ea"],
    ["infobip", "@", { data_coding: 1 }, 1, "00"],
    ["kaleyra", "ê", { data_coding: 3 }, 3, "ea"],
    ["clx-latin1", "@ê", {}, 0, "40ea"],
    ["clx", "@", {}, 0, "00"],
    ["inmobile", "x", { message_class: 0 }, 16, "78"],
    ["inmobile", "ж", { message_class: "flash" }, 24, "0436"],
  ])("of %s: %s with %j is %i", async (slug, content, smpp, data_coding, hex) => {
    const [pdu] = await submitted(slug, content, { transport_metadata: { smpp } });
    expect(pdu?.data_coding).toBe(data_coding);
    expect(Buffer.from(pdu?.short_message ?? []).toString("hex")).toBe(hex);
  });

  test.each([
    ["ж", 24],
    ["x", 240],
  ])(
    "of GatewayAPI have numbers of their own for flash: %s is %i",
    async (content, data_coding) => {
      const transport_metadata = { smpp: { message_class: 0 } };
      const [pdu] = await submitted("gatewayapi", content, { transport_metadata });
      expect(pdu?.data_coding).toBe(data_coding);
    },
  );

  test.each([
    ["webcom", 1, "ea", "ê"],
    ["webcom", 2, "0436", "ж"],
    ["bind", 1, "ea", "ê"],
    ["infobip", 1, "00", "@"],
    ["clx-latin1", 0, "40", "@"],
    ["clx", 0, "00", "@"],
  ])("of %s: inbound %i %s is %s", async (slug, data_coding, hex, content) => {
    const { shortMessages } = await plugInsOf(slug);
    const short_message = Uint8Array.from(Buffer.from(hex, "hex"));
    const outcome = await shortMessages.handleDeliverSm(delivered({ data_coding, short_message }));
    expect(outcome.kind === "message" && outcome.message.content).toBe(content);
  });
});

describe("what would go wrong there is refused here", () => {
  test.each([
    ["telesign", {}, {}, "missing purpose, which this SMSC requires"],
    ["txtwire", {}, {}, "missing group_keyword, which this SMSC requires"],
    ["txtwire", {}, { tlvs: { group_keyword: "longer-than-10" } }, "expected at most 10 octets"],
    ["smsportal", {}, { schedule_delivery_time: 60 }, "this SMSC ignores schedule_delivery_time"],
    ["smsportal", { to_addr: "ALICE" }, {}, "expected digits"],
    ["clx-latin1", { content: "ж" }, {}, "is not in latin1"],
  ])("by %s: %j %j", async (slug, fields, smpp, says) => {
    const sent = submitted(slug, "x", { ...fields, transport_metadata: { smpp } });
    await expect(sent).rejects.toThrow(says);
  });

  test("while what Indian operators want goes out with each message", async () => {
    const { submit } = await plugInsOf("india-dlt", {
      submit_sm_processor_config: { tlvs: { entity_id: "1101234560000012345" } },
    });
    const smpp = { tlvs: { template_id: "1107000000000000001" } };
    const message = { to_addr: "9198", from_addr: "HEADER", content: "x" };
    const [pdu] = await submit.handleOutboundMessage(
      newMessage({ ...message, transport_metadata: { smpp } }),
    );
    expect(pdu?.source_addr_ton).toBe(5);
    expect(pdu?.unknown_tlvs).toEqual([
      { tag: 0x1400, value: octets("1101234560000012345") },
      { tag: 0x1401, value: octets("1107000000000000001") },
    ]);
  });
});

describe("two operators in one process", () => {
  test.each([
    [0x400, "unknown", "nack", "too many bind attempts", "retry"],
    [0x401, "invalid message body", "nack", "data coding not supported", "nack"],
  ])("mean different things by %i", (status, bulkSays, bulkDo, ovhSays, ovhDo) => {
    const of = (slug: string) => new StatusTable(configOf(slug).statuses);
    const [bulk, ovh] = [of("bulksms"), of("ovhcloud")];
    expect([bulk.reason(status), bulk.reactionTo(status)]).toEqual([
      expect.stringContaining(bulkSays),
      bulkDo,
    ]);
    expect([ovh.reason(status), ovh.reactionTo(status)]).toEqual([
      expect.stringContaining(ovhSays),
      ovhDo,
    ]);
  });

  test("mean different things by one tag, each on its own connection", async () => {
    const unknown_tlvs = [{ tag: 0x1502, value: octets("3f2504e0-4f89-11d3-9a0c-0305e82c3301") }];
    const text = { from: "27820001001", to: "123456", text: "hi", fields: { unknown_tlvs } };
    const worlds = [
      await start({ config: { profile: "8x8" } }),
      await start({ config: { profile: "mpulse" } }),
    ];
    await Promise.all(worlds.map(({ smsc }) => smsc.deliver(text)));
    const messages = await Promise.all(worlds.map(({ application }) => application.inbound.next()));
    expect(messages.map(({ transport_metadata }) => transport_metadata["smpp_tlvs"])).toEqual([
      { inbound_message_id: "3f2504e0-4f89-11d3-9a0c-0305e82c3301" },
      { handset_type: Buffer.from("3f2504e0-4f89-11d3-9a0c-0305e82c3301").toString("hex") },
    ]);
  });

  test("have one status and two sentences in nack events", async () => {
    const refusing = { smsc: { onSubmit: () => 0x401 } };
    const local = { binds: [{ count: 1, host: "127.0.0.1" }] };
    const worlds = [
      await start({ ...refusing, config: { ...local, profile: "bulksms" } }),
      await start({ ...refusing, config: { ...local, profile: "ovhcloud" } }),
    ];
    const reasons = await Promise.all(
      worlds.map(async ({ application }) => {
        await application.send("hello");
        return (await application.events.next()).nack_reason;
      }),
    );
    expect(reasons).toEqual([
      expect.stringContaining("invalid message body"),
      expect.stringContaining("data coding not supported"),
    ]);
  });

  test("have one data coding and two alphabets", async () => {
    const texts = await Promise.all(
      ["infobip", "bind"].map(async (slug) => {
        const [pdu] = await submitted(slug, "à", {
          transport_metadata: { smpp: { data_coding: 1 } },
        });
        return Buffer.from(pdu?.short_message ?? []).toString("hex");
      }),
    );
    expect(texts).toEqual(["7f", "e0"]);
  });
});

test("the rows are those that the profiles were made of", () => {
  expect(operators.providers).toHaveLength(47);
  expect(rowOf("vonage").name).toBe("Vonage (formerly Nexmo)");
});

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { connect } from "node:tls";
import { encode, MessageState, Status } from "@esme/pdu";
import { noAnswer } from "@esme/session";
import { decodeShortMessage, joinParts, splitShortMessage } from "@esme/sm-split";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type MobileText, type PduEvent, Smsc, type SmscOptions } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

/** A message centre that is closed after the test. */
function smscWith(options: SmscOptions = {}): Smsc {
  const smsc = new Smsc({ port: 0, receiptDelay: 0, ...options });
  open.push(smsc);
  return smsc;
}

async function bound(smsc: Smsc, mode: Parameters<RawEsme["bind"]>[0] = "bind_transceiver") {
  const esme = RawEsme.join(smsc);
  await esme.bind(mode);
  return esme;
}

const octets = (text: string) => Buffer.from(text, "latin1");

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

describe("binding", () => {
  test.each([
    ["bind_transmitter", "transmitter", "BOUND_TX"],
    ["bind_receiver", "receiver", "BOUND_RX"],
    ["bind_transceiver", "transceiver", "BOUND_TRX"],
  ] as const)("%s binds as %s", async (command, mode, state) => {
    const smsc = smscWith({ system_id: "centre" });
    const esme = RawEsme.join(smsc);
    const told = once(smsc, "bound");
    const response = await esme.bind(command);
    expect(response).toMatchObject({
      command_status: Status.ESME_ROK,
      system_id: "centre",
      sc_interface_version: 0x34,
    });
    await told;
    expect(smsc.sessions).toHaveLength(1);
    expect(smsc.sessions[0]).toMatchObject({ system_id: "esme", mode });
    expect(smsc.sessions[0]?.session.state).toBe(state);
  });

  test.each([
    ["esme", "wrong", Status.ESME_RINVPASWD],
    ["nobody", "secret", Status.ESME_RINVSYSID],
  ])("%s with password %s is refused, and may try again", async (system_id, password, status) => {
    const esme = RawEsme.join(smscWith({ accounts: [{ system_id: "esme", password: "secret" }] }));
    const refused = await esme.bind("bind_transceiver", system_id, password);
    expect(refused.command_status).toBe(status);
    expect((await esme.bind()).command_status).toBe(Status.ESME_ROK);
  });

  test("a submission before a bind is refused", async () => {
    const esme = RawEsme.join(smscWith());
    const refused = await esme.submit({ destination_addr: "1" });
    expect(refused.command_status).toBe(Status.ESME_RINVBNDSTS);
  });
});

describe("submitting", () => {
  test("ids count up, the phone shows the text, a receipt says DELIVRD", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const shown = once(smsc, "message");
    const response = await esme.submit({
      source_addr: "12345",
      destination_addr: "27820001001",
      short_message: octets("hello"),
      registered_delivery: 1,
    });
    expect(response).toMatchObject({ command_status: 0, message_id: "0000000001" });
    expect(await shown).toEqual([
      {
        from: "12345",
        to: "27820001001",
        text: "hello",
        parts: 1,
        ids: ["0000000001"],
        system_id: "esme",
      },
    ]);
    const receipt = await esme.takeDelivery();
    expect(receipt).toMatchObject({
      source_addr: "27820001001",
      destination_addr: "12345",
      esm_class: 0x04,
      receipted_message_id: "0000000001",
      message_state: MessageState.DELIVERED,
    });
    expect(Buffer.from(receipt.short_message).toString()).toMatch(
      /^id:0000000001 sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:DELIVRD err:000 text:hello$/,
    );
    const second = await esme.submit({ destination_addr: "27820001001" });
    expect(second.message_id).toBe("0000000002");
  });

  test("a destination that ends in 999911 is refused with ESME_RINVDSTADR", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const told = once(smsc, "submit");
    const response = await esme.submit({ source_addr: "1", destination_addr: "27999911" });
    expect(response.command_status).toBe(Status.ESME_RINVDSTADR);
    expect(await told).toEqual([
      { system_id: "esme", from: "1", to: "27999911", message_id: "", command_status: 0x0b },
    ]);
  });

  test.each([
    ["udh", 3],
    ["udh16", 3],
    ["sar", 3],
    ["payload", 1],
  ] as const)("a long text sent by %s shows whole, whatever the order", async (method, count) => {
    const smsc = smscWith();
    const esme = await bound(smsc, "bind_transmitter");
    const text = "Señal 📡 ".repeat(20);
    const { parts, segments, data_coding, esm_class } = splitShortMessage(text, 0, { method });
    const shown = once(smsc, "message");
    expect(parts).toHaveLength(count);
    const reversed = parts
      .map((octets, index) => ({ octets, tlvs: segments[index]?.tlvs }))
      .reverse();
    const ids: string[] = [];
    for (const { octets, tlvs } of reversed) {
      const { message_id } = await esme.submit({
        source_addr: "1",
        destination_addr: "2",
        esm_class,
        data_coding,
        ...(method === "payload" ? { message_payload: octets } : { short_message: octets }),
        ...tlvs,
      });
      ids.unshift(message_id);
    }
    expect(await shown).toMatchObject([{ text, parts: count, ids }]);
  });
});

describe("receipts", () => {
  const delivered = "27820001001";
  const undeliverable = "27888805";

  test.each([
    [0, delivered, undefined],
    [0, undeliverable, undefined],
    [1, delivered, "DELIVRD"],
    [1, undeliverable, "UNDELIV"],
    [2, delivered, undefined],
    [2, undeliverable, "UNDELIV"],
    [3, delivered, "DELIVRD"],
    [3, undeliverable, undefined],
    [1, "27888803", "EXPIRED"],
    [1, "27888804", "DELETED"],
    [1, "27888806", "ACCEPTD"],
    [1, "27888807", "UNKNOWN"],
    [1, "27888808", "REJECTD"],
    [1, "27888801", undefined],
  ])("registered_delivery %i to %s: %s", async (registered_delivery, destination_addr, stat) => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const stats: string[] = [];
    smsc.on("receipt", (receipt) => stats.push(receipt.stat));
    await esme.submit({ destination_addr, registered_delivery });
    // The receipt of a later message comes behind that of an earlier one.
    const last = await esme.submit({ destination_addr: delivered, registered_delivery: 1 });
    const texts: string[] = [];
    for (let id = ""; id !== last.message_id; ) {
      const receipt = await esme.takeDelivery();
      id = receipt.receipted_message_id ?? "";
      texts.push(Buffer.from(receipt.short_message).toString());
    }
    expect(stats).toEqual(stat === undefined ? ["DELIVRD"] : [stat, "DELIVRD"]);
    expect(texts[0]).toContain(`stat:${stats[0]} `);
  });

  test("a receipt goes to the account that submitted, once it has a receiver", async () => {
    const smsc = smscWith();
    const sender = RawEsme.join(smsc);
    await sender.bind("bind_transmitter", "ours");
    const told = once(smsc, "receipt");
    await sender.submit({ destination_addr: "1", registered_delivery: 1 });
    await told;
    const stranger = RawEsme.join(smsc);
    await stranger.bind("bind_receiver", "theirs");
    const receiver = RawEsme.join(smsc);
    await receiver.bind("bind_receiver", "ours");
    expect((await receiver.takeDelivery()).esm_class).toBe(0x04);
    expect(stranger.unread).toEqual([]);
  });
});

describe("other commands", () => {
  test("data_sm carries its text in message_payload", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const shown = once(smsc, "message");
    const message_payload = octets("in a payload");
    esme.send({ command: "data_sm", destination_addr: "2", message_payload });
    expect((await esme.read("data_sm_resp")).message_id).toBe("0000000001");
    expect(await shown).toMatchObject([{ to: "2", text: "in a payload" }]);
  });

  test("submit_multi reaches each address, and lists what was refused", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const shown: string[] = [];
    smsc.on("message", ({ to }) => shown.push(to));
    esme.send({
      command: "submit_multi",
      short_message: octets("to all"),
      dest_address: [
        { dest_flag: 1, destination_addr: "1001" },
        { dest_flag: 1, destination_addr: "999911" },
        { dest_flag: 2, dl_name: "friends" },
        { dest_flag: 1, destination_addr: "1002" },
      ],
    });
    const { message_id, unsuccess_sme } = await esme.read("submit_multi_resp");
    expect(message_id).toBe("0000000001");
    expect(unsuccess_sme).toMatchObject([
      { destination_addr: "999911", error_status_code: Status.ESME_RINVDSTADR },
      { destination_addr: "friends", error_status_code: Status.ESME_RINVDLNAME },
    ]);
    await vi.waitFor(() => expect(shown).toEqual(["1001", "1002"]));
  });

  test("query_sm tells state and time of a message, and nothing of another account's", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const told = once(smsc, "receipt");
    const fields = { source_addr: "1", destination_addr: "27888805", registered_delivery: 1 };
    const { message_id } = await esme.submit(fields);
    await told;
    esme.send({ command: "query_sm", message_id, source_addr: "1" });
    const answer = await esme.read("query_sm_resp");
    expect(answer).toMatchObject({
      command_status: 0,
      message_id,
      message_state: 5,
      error_code: 1,
    });
    expect(answer.final_date).toMatch(/^\d{15}[+-]$|^\d{13}00[+]$/);

    const stranger = RawEsme.join(smsc);
    await stranger.bind("bind_transceiver", "other");
    stranger.send({ command: "query_sm", message_id });
    expect((await stranger.read("query_sm_resp")).command_status).toBe(Status.ESME_RQUERYFAIL);
  });

  test("cancel_sm stops what is on its way, by message_id or by addresses", async () => {
    const smsc = smscWith({ receiptDelay: 60_000 });
    const esme = await bound(smsc);
    const fields = { source_addr: "1", destination_addr: "2", registered_delivery: 1 };
    const { message_id } = await esme.submit(fields);
    esme.send({ command: "cancel_sm", message_id });
    expect((await esme.read("cancel_sm_resp")).command_status).toBe(Status.ESME_ROK);
    const receipt = await esme.takeDelivery();
    expect(Buffer.from(receipt.short_message).toString()).toContain("stat:DELETED");
    esme.send({ command: "cancel_sm", message_id });
    expect((await esme.read("cancel_sm_resp")).command_status).toBe(Status.ESME_RCANCELFAIL);

    await esme.submit(fields);
    await esme.submit({ ...fields, destination_addr: "3" });
    esme.send({ command: "cancel_sm", source_addr: "1", destination_addr: "2" });
    expect((await esme.read("cancel_sm_resp")).command_status).toBe(Status.ESME_ROK);
    expect((await esme.takeDelivery()).receipted_message_id).toBe("0000000002");
    esme.send({ command: "query_sm", message_id: "0000000003" });
    expect((await esme.read("query_sm_resp")).message_state).toBe(MessageState.ENROUTE);
  });

  test("replace_sm changes the text of what is on its way", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const smsc = smscWith({ receiptDelay: 5_000 });
    const esme = await bound(smsc);
    const shown = once(smsc, "message");
    const { message_id } = await esme.submit({
      destination_addr: "2",
      short_message: octets("old"),
    });
    esme.send({ command: "replace_sm", message_id, short_message: octets("new") });
    expect((await esme.read("replace_sm_resp")).command_status).toBe(Status.ESME_ROK);
    vi.advanceTimersByTime(5_000);
    expect(await shown).toMatchObject([{ text: "new" }]);
    esme.send({ command: "replace_sm", message_id, short_message: octets("late") });
    expect((await esme.read("replace_sm_resp")).command_status).toBe(Status.ESME_RREPLACEFAIL);
  });

  test.each([
    ["broadcast_sm", "ESME_RINVNUMBCAST_AREAS"],
    ["query_broadcast_sm", "ESME_RBCASTQUERYFAIL"],
    ["cancel_broadcast_sm", "ESME_RBCASTCANCELFAIL"],
  ] as const)("%s of nothing is refused with %s", async (command, status) => {
    const esme = await bound(smscWith());
    esme.send({ command });
    expect((await esme.read(`${command}_resp`)).command_status).toBe(Status[status]);
  });
});

describe("onSubmit", () => {
  test.each([
    ["a status", Status.ESME_RMSGQFUL, { command_status: Status.ESME_RMSGQFUL }],
    ["fields", { message_id: "smsc-1" }, { command_status: 0, message_id: "smsc-1" }],
    ["a promise", Promise.resolve({ message_id: "later" }), { message_id: "later" }],
    ["nothing", undefined, { command_status: 0, message_id: "0000000001" }],
  ] as const)("answers with %s", async (_, given, answer) => {
    const smsc = smscWith({ onSubmit: () => given });
    const esme = await bound(smsc);
    expect(await esme.submit({ destination_addr: "1" })).toMatchObject(answer);
  });

  test.each<[string, NonNullable<SmscOptions["onSubmit"]>]>([
    ["a function that returns nothing", () => {}],
    ["an async function that returns nothing", async () => {}],
  ])("%s leaves the decision to the rules", async (_, onSubmit) => {
    const esme = await bound(smscWith({ onSubmit }));
    expect((await esme.submit({ destination_addr: "1" })).message_id).toBe("0000000001");
  });

  test("its refusals are reported, and take no message_id", async () => {
    const smsc = smscWith({
      onSubmit: (pdu) => ("protocol_id" in pdu && pdu.protocol_id === 1 ? 0x58 : undefined),
    });
    const esme = await bound(smsc);
    const told = once(smsc, "submit");
    await esme.submit({ source_addr: "1", destination_addr: "2", protocol_id: 1 });
    expect(await told).toEqual([
      { system_id: "esme", from: "1", to: "2", message_id: "", command_status: 0x58 },
    ]);
    expect((await esme.submit({ destination_addr: "2" })).message_id).toBe("0000000001");
  });

  test("a submit_multi that nobody can get is refused as a whole", async () => {
    const esme = await bound(smscWith());
    const destination_addr = "999911";
    esme.send({ command: "submit_multi", dest_address: [{ dest_flag: 1, destination_addr }] });
    const { command_status } = await esme.read("submit_multi_resp");
    expect(command_status).toBe(Status.ESME_RSUBMITFAIL);
  });

  test("sees the submission and its session, and may stay silent", async () => {
    const seen: unknown[] = [];
    const smsc = smscWith({
      onSubmit: (pdu, session) => {
        seen.push([pdu.command, session.system_id]);
        return seen.length === 1 ? noAnswer : undefined;
      },
    });
    const esme = await bound(smsc);
    esme.send({ command: "submit_sm", destination_addr: "1" });
    const last = esme.send({ command: "submit_sm", destination_addr: "1" });
    expect((await esme.read("submit_sm_resp")).sequence_number).toBe(last);
    expect(seen).toEqual([
      ["submit_sm", "esme"],
      ["submit_sm", "esme"],
    ]);
  });
});

describe("deliver", () => {
  const text = { from: "27820001001", to: "12345" };

  test.each([
    ["a short text in one part", { text: "hi" }, 1, { esm_class: 0 }],
    ["a short text in two when asked to", { text: "hi there", parts: 2 }, 2, { esm_class: 0x40 }],
    ["a long text by UDH", { text: "x".repeat(200) }, 2, { esm_class: 0x40 }],
    ["16-bit references", { text: "hi", parts: 2, method: "udh16" }, 2, { esm_class: 0x40 }],
    ["SAR TLVs", { text: "hi", parts: 2, method: "sar" }, 2, { sar_total_segments: 2 }],
    ["message_payload", { text: "x".repeat(200), method: "payload" }, 1, { esm_class: 0 }],
    ["other letters as UCS-2", { text: "Привет" }, 1, { data_coding: 8 }],
  ] as const)("%s", async (_, how, parts, fields) => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const responses = smsc.deliver({ ...text, ...how });
    const received = [];
    for (let part = 0; part < parts; part++) received.push(await esme.takeDelivery());
    expect(await responses).toHaveLength(parts);
    for (const pdu of received) {
      expect(pdu).toMatchObject({ source_addr: text.from, destination_addr: text.to, ...fields });
    }
    const joined = received.map((pdu) => ({
      ...pdu,
      short_message: pdu.message_payload ?? pdu.short_message,
    }));
    expect(decodeShortMessage(joinParts(joined), received[0]?.data_coding ?? -1)).toBe(how.text);
  });

  test.each<[string, Partial<MobileText>, number[]]>([
    ["as they are", {}, [1, 2, 3, 4]],
    ["without one of them", { omit: [2] }, [1, 3, 4]],
    ["with one twice", { repeat: [3] }, [1, 2, 3, 3, 4]],
    ["each twice", { repeat: "all", omit: [1, 4] }, [2, 2, 3, 3]],
    ["in any order", { shuffle: true }, [3, 2, 4, 1]],
  ])("parts come %s", async (_, how, expected) => {
    const smsc = smscWith({ seed: 2 });
    const esme = await bound(smsc);
    const responses = smsc.deliver({ ...text, text: "abcd", parts: 4, method: "sar", ...how });
    const numbers = [];
    for (const _ of expected) numbers.push((await esme.takeDelivery()).sar_segment_seqnum);
    expect(await responses).toHaveLength(expected.length);
    if (how.shuffle) expect(numbers).not.toEqual([1, 2, 3, 4]);
    else expect(numbers).toEqual(expected);
    expect([...numbers].sort()).toEqual([...expected].sort());
  });

  test("a text of which nothing is sent is refused", async () => {
    await expect(smscWith().deliver({ ...text, text: "a", omit: [1] })).rejects.toThrow(RangeError);
  });

  test("parts are tied by a reference that differs from text to text", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const sent = ["ab", "cd"].map((each) =>
      smsc.deliver({ ...text, text: each, parts: 2, method: "sar" }),
    );
    const references = [];
    for (let part = 0; part < 4; part++)
      references.push((await esme.takeDelivery()).sar_msg_ref_num);
    expect(references).toEqual([1, 1, 2, 2]);
    await Promise.all(sent);
  });

  test("more fields and TLVs go with every part", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const fields = { service_type: "USSD", ussd_service_op: Uint8Array.of(1) };
    const response = smsc.deliver({ ...text, text: "*101#", fields });
    expect(await esme.takeDelivery()).toMatchObject(fields);
    await response;
  });

  test("a field that does not fit rejects at once", async () => {
    const smsc = smscWith();
    await bound(smsc);
    const from = "1".repeat(21);
    await expect(smsc.deliver({ ...text, from, text: "hi" })).rejects.toMatchObject({
      code: "too_long",
      field: "source_addr",
    });
  });

  test("an account that is named gets it, no other", async () => {
    const smsc = smscWith();
    const [ours, theirs] = [RawEsme.join(smsc), RawEsme.join(smsc)];
    await theirs.bind("bind_receiver", "theirs");
    const response = smsc.deliver({ ...text, text: "hi", system_id: "ours" });
    await ours.bind("bind_receiver", "ours");
    await ours.takeDelivery();
    await response;
    expect(theirs.unread).toEqual([]);
  });

  test("the queue is bounded", async () => {
    const smsc = smscWith({ queueLimit: 1 });
    const first = smsc.deliver({ ...text, text: "waits" });
    await expect(smsc.deliver({ ...text, text: "refused" })).rejects.toMatchObject({
      code: "queue_full",
    });
    expect(smsc.pendingDeliveries).toBe(1);
    const closed = expect(first).rejects.toMatchObject({ code: "closed" });
    await smsc.close();
    await closed;
  });

  test("a text of more parts than fit in the queue is refused, and none of it is queued", async () => {
    const smsc = smscWith({ queueLimit: 2 });
    const refused = smsc.deliver({ ...text, text: "in three parts", parts: 3 });
    await expect(refused).rejects.toMatchObject({ code: "queue_full" });
    expect(smsc.pendingDeliveries).toBe(0);
  });

  test.each([0, 3, 256, 1.5])("%d parts of two characters are refused", async (parts) => {
    const sent = smscWith().deliver({ ...text, text: "hi", parts });
    await expect(sent).rejects.toThrow(RangeError);
  });
});

describe("the wire", () => {
  test("a recorded PDU is written as it is, and every PDU is shown", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const hex =
      "0000003b0000000500000000000003e9000101323738323030303130303100000031323334353600400000000000000000090500034d03035b335d";
    const seen: PduEvent[] = [];
    smsc.on("pdu", (event) => seen.push(event));
    smsc.sessions[0]?.write(hex);
    const { sequence_number } = await esme.takeDelivery();
    expect(sequence_number).toBe(1001);
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    expect(seen.map(({ direction, pdu }) => [direction, pdu?.command])).toEqual([
      ["out", "deliver_sm"],
      ["in", "deliver_sm_resp"],
    ]);
    expect(Buffer.from(seen[0]?.octets ?? []).toString("hex")).toBe(hex);
    expect(seen[1]?.pdu?.sequence_number).toBe(1001);
  });

  test("hexadecimal digits that are none are refused", async () => {
    const smsc = smscWith();
    await bound(smsc);
    expect(() => smsc.sessions[0]?.write("00 0g")).toThrow(TypeError);
  });

  test("octets that cannot be decoded are shown with the reason", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const shown = once(smsc, "pdu");
    esme.write(Buffer.from("00000011000000040000000000000009ff", "hex"));
    expect(await shown).toMatchObject([{ pdu: undefined, error: { code: "truncated" } }]);
    expect((await esme.read("submit_sm_resp")).command_status).not.toBe(0);
  });

  test("a length that cannot be trusted is answered generic_nack, then the link ends", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    esme.send({ command: "enquire_link" });
    esme.write(Buffer.from("7fffffff000000040000000000000055", "hex"));
    expect(await esme.read("enquire_link_resp")).toMatchObject({ command_status: 0 });
    expect(await esme.read("generic_nack")).toMatchObject({
      command_status: Status.ESME_RINVCMDLEN,
      sequence_number: 0x55,
    });
    await esme.closed;
  });

  test("PDUs that come octet by octet are taken", async () => {
    const esme = await bound(smscWith());
    const frame = encode({ command: "submit_sm", destination_addr: "1", sequence_number: 77 });
    for (const octet of frame) esme.write(Uint8Array.of(octet));
    expect((await esme.read("submit_sm_resp")).sequence_number).toBe(77);
  });
});

describe("over TCP", () => {
  test("listens on a free port, serves several sessions, closes all of them", async () => {
    const smsc = await smscWith().listen();
    expect(smsc.port).toBeGreaterThan(0);
    const [one, other] = [await RawEsme.dial(smsc), await RawEsme.dial(smsc)];
    await one.bind("bind_transmitter");
    await other.bind("bind_receiver");
    await one.submit({ source_addr: "1", destination_addr: "2", registered_delivery: 1 });
    expect((await other.takeDelivery()).esm_class).toBe(0x04);
    expect(smsc.sessions.map(({ remote }) => remote.slice(0, 10))).toEqual([
      "127.0.0.1:",
      "127.0.0.1:",
    ]);
    await smsc.close();
    await Promise.all([one.closed, other.closed]);
    expect(smsc.sessions).toEqual([]);
  });

  test("closes when its scope ends, and may be closed twice or unopened", async () => {
    let port = 0;
    {
      await using smsc = await new Smsc({ port: 0 }).listen();
      port = smsc.port;
      await smsc.close();
    }
    await new Smsc().close();
    await expect(RawEsme.dial(new Smsc({ port }))).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

const [cert, key] = ["crt", "key"].map((name) =>
  readFileSync(new URL(`./data/localhost.${name}`, import.meta.url)),
);

test("over TLS: listens, serves, and survives a peer that does not speak it", async () => {
  const smsc = await smscWith({ tls: { cert, key } }).listen();
  const stranger = await RawEsme.dial(smsc);
  stranger.send({ command: "bind_transceiver" });
  await stranger.closed;
  const socket = connect({ host: "127.0.0.1", port: smsc.port, ca: cert });
  await once(socket, "secureConnect");
  const esme = new RawEsme(socket);
  expect((await esme.bind()).command_status).toBe(Status.ESME_ROK);
  expect((await esme.submit({ destination_addr: "1" })).message_id).toBe("0000000001");
  const undecided = await RawEsme.dial(smsc);
  await smsc.close();
  await Promise.all([esme.closed, undecided.closed]);
});

describe("outbind", () => {
  test("dials, says who it is, and is bound to", async () => {
    const smsc = smscWith({ system_id: "centre" });
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const dialled = once(server, "connection");
    const session = await smsc.outbind({ host: "127.0.0.1", port, password: "secret" });
    const esme = new RawEsme((await dialled)[0]);
    expect(await esme.read("outbind")).toMatchObject({ system_id: "centre", password: "secret" });
    const told = once(smsc, "bound");
    await esme.bind("bind_receiver");
    expect(await told).toEqual([session]);
    const sent = smsc.deliver({ from: "1", to: "2", text: "waited" });
    await esme.takeDelivery();
    await sent;
    await esme.end();
    server.close();
  });
});

test("whatever octets come, others are served", async () => {
  const smsc = smscWith();
  const frames = [
    encode({ command: "bind_transceiver", system_id: "esme" }),
    encode({ command: "submit_sm", destination_addr: "1", short_message: octets("text") }),
    encode({ command: "submit_multi", dest_address: [{ dest_flag: 1, destination_addr: "1" }] }),
    encode({ command: "deliver_sm_resp", sequence_number: 1 }),
    encode({ command: "unbind" }),
  ];
  const mutilated = fc
    .tuple(fc.constantFrom(...frames), fc.nat(40), fc.nat(255))
    .map(([frame, offset, octet]) => {
      const copy = frame.slice();
      copy[offset % copy.length] = octet;
      return copy;
    });
  const chunks = fc.array(fc.oneof(mutilated, mutilated, fc.uint8Array({ maxLength: 40 })), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(chunks, async (written) => {
      const hostile = RawEsme.join(smsc);
      for (const chunk of written) hostile.write(chunk);
      const esme = await bound(smsc);
      esme.send({ command: "enquire_link" });
      expect((await esme.read("enquire_link_resp")).command_status).toBe(Status.ESME_ROK);
      for (const { session } of smsc.sessions) void session.close();
    }),
    { numRuns: 100 },
  );
});

test("the log never shows a password, a number or a text", async () => {
  const lines: string[] = [];
  const log = (fields: object, message: string) => {
    lines.push(JSON.stringify([fields, message]));
  };
  const logger = { debug: log, info: log, warn: log, error: log };
  const accounts = [{ system_id: "esme", password: "hushhush" }];
  const smsc = smscWith({ accounts, logger, attempts: 1 });
  const esme = RawEsme.join(smsc);
  await esme.bind("bind_transceiver", "esme", "guessed");
  await esme.bind("bind_transceiver", "esme", "hushhush");
  await esme.submit({
    source_addr: "47110815",
    destination_addr: "27820001001",
    short_message: octets("between us"),
    registered_delivery: 1,
  });
  await esme.takeDelivery(Status.ESME_RX_P_APPN);
  esme.write(Buffer.from("00000011000000040000000000000009ff", "hex"));
  await esme.read("submit_sm_resp");
  const gone = once(smsc, "unbound");
  esme.send({ command: "unbind" });
  await gone;
  const all = lines.join("\n");
  expect(all).toMatch(/a bind was refused/);
  expect(all).toMatch(/a receipt was given up/);
  expect(all).not.toMatch(/guessed|hushhush|4711|2782|between/);
});

test("messages() iterates over the texts that phones show", async () => {
  const smsc = smscWith();
  const esme = await bound(smsc);
  const messages = smsc.messages();
  const first = messages.next();
  await esme.submit({ destination_addr: "1", short_message: octets("one") });
  await esme.submit({ destination_addr: "2", short_message: octets("two") });
  expect(await first).toMatchObject({ done: false, value: { text: "one" } });
  expect(await messages.next()).toMatchObject({ done: false, value: { text: "two" } });
  await messages.return();
  expect(smsc.listenerCount("message")).toBe(0);
});

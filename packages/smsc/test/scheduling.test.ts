/** Messages that wait: for their time, for their phone, until they expire. */
import { once } from "node:events";
import { formatTime, MessageState, Status } from "@esme/pdu";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Smsc, type SmscOptions } from "../src/index.ts";
import { lifetimeOf } from "../src/life/lifetime.ts";
import { RawEsme } from "./raw-esme.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
let smsc: Smsc;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now });
});

afterEach(async () => {
  vi.useRealTimers();
  await smsc.close();
});

async function bound(options: SmscOptions = {}, interface_version = 0x34) {
  smsc = new Smsc({ port: 0, receiptDelay: 0, validity: 60_000, ...options });
  const esme = RawEsme.join(smsc);
  esme.send({ command: "bind_transceiver", system_id: "esme", interface_version });
  await esme.read("bind_transceiver_resp");
  return esme;
}

const text = { destination_addr: "2", short_message: Buffer.from("later"), registered_delivery: 1 };

async function stateOf(esme: RawEsme, message_id: string): Promise<number> {
  esme.send({ command: "query_sm", message_id });
  return (await esme.read("query_sm_resp")).message_state;
}

describe("schedule_delivery_time", () => {
  test.each([
    ["absolute", formatTime(new Date(now + 3_600_000))],
    ["relative", formatTime({ hours: 1 })],
    ["absolute, in another zone", formatTime(new Date(now + 3_600_000), { quarterHours: 8 })],
  ])("%s: delivered then, not before", async (_, schedule_delivery_time) => {
    const esme = await bound({}, 0x50);
    const shown: string[] = [];
    smsc.on("message", (message) => shown.push(message.text));
    const { message_id } = await esme.submit({ ...text, schedule_delivery_time });
    vi.advanceTimersByTime(3_599_000);
    expect(shown).toEqual([]);
    expect(await stateOf(esme, message_id)).toBe(MessageState.SCHEDULED);
    vi.advanceTimersByTime(1_000);
    expect(shown).toEqual(["later"]);
    expect(await stateOf(esme, message_id)).toBe(MessageState.DELIVERED);
  });

  test("a peer of version 3.4 is told ENROUTE: it does not know SCHEDULED", async () => {
    const esme = await bound();
    const schedule_delivery_time = formatTime({ hours: 1 });
    const { message_id } = await esme.submit({ ...text, schedule_delivery_time });
    expect(await stateOf(esme, message_id)).toBe(MessageState.ENROUTE);
  });

  test("cancel_sm finds it; replace_sm gives it another time and text", async () => {
    const esme = await bound();
    const shown: string[] = [];
    smsc.on("message", (message) => shown.push(message.text));
    const schedule_delivery_time = formatTime({ hours: 1 });
    const cancelled = await esme.submit({ ...text, schedule_delivery_time });
    const replaced = await esme.submit({ ...text, schedule_delivery_time });
    esme.send({ command: "cancel_sm", message_id: cancelled.message_id });
    expect((await esme.read("cancel_sm_resp")).command_status).toBe(Status.ESME_ROK);
    esme.send({
      command: "replace_sm",
      message_id: replaced.message_id,
      schedule_delivery_time: formatTime({ minutes: 10 }),
      validity_period: formatTime({ minutes: 5 }),
      short_message: Buffer.from("sooner"),
    });
    expect((await esme.read("replace_sm_resp")).command_status).toBe(Status.ESME_ROK);
    vi.advanceTimersByTime(600_000);
    expect(shown).toEqual(["sooner"]);
    vi.advanceTimersByTime(7_200_000);
    expect(shown).toEqual(["sooner"]);
  });

  test("a replace_sm with a bad time changes nothing", async () => {
    const esme = await bound({ receiptDelay: 1_000 });
    const { message_id } = await esme.submit(text);
    esme.send({ command: "replace_sm", message_id, schedule_delivery_time: "2".repeat(16) });
    expect((await esme.read("replace_sm_resp")).command_status).toBe(Status.ESME_RINVSCHED);
  });

  test("longer than a timer of Node.js can wait", async () => {
    const esme = await bound({ enquireLinkInterval: 0 });
    const shown = once(smsc, "message");
    await esme.submit({ ...text, schedule_delivery_time: formatTime({ days: 40 }) });
    vi.advanceTimersByTime(39 * 86_400_000);
    vi.advanceTimersByTime(86_400_000);
    expect(await shown).toMatchObject([{ text: "later" }]);
  });

  test.each([
    [{ schedule_delivery_time: formatTime(new Date(now - 60_000)) }, "ESME_RINVSCHED"],
    [{ schedule_delivery_time: "261399000000000R" }, "ESME_ROK"],
    [{ schedule_delivery_time: "261399000000000+" }, "ESME_RINVSCHED"],
    [{ validity_period: "2".repeat(16) }, "ESME_RINVEXPIRY"],
    [{ validity_period: formatTime(new Date(now - 60_000)) }, "ESME_RINVEXPIRY"],
  ] as const)("%j is answered %s", async (times, status) => {
    const esme = await bound();
    expect((await esme.submit({ ...text, ...times })).command_status).toBe(Status[status]);
  });
});

describe("a phone that is off", () => {
  test("its messages wait, and arrive in order when it is on", async () => {
    const esme = await bound();
    const shown: string[] = [];
    smsc.on("message", (message) => shown.push(message.text));
    const phone = smsc.phone("2");
    phone.off();
    expect(phone.isOn).toBe(false);
    const ids = [];
    for (const each of ["one", "two", "three"]) {
      ids.push((await esme.submit({ ...text, short_message: Buffer.from(each) })).message_id);
    }
    vi.advanceTimersByTime(1_000);
    expect(await stateOf(esme, ids[0] ?? "")).toBe(MessageState.ENROUTE);
    esme.send({ command: "cancel_sm", message_id: ids[1] ?? "" });
    await esme.read("cancel_sm_resp");
    phone.on();
    expect(phone.isOn).toBe(true);
    expect(shown).toEqual(["one", "three"]);
  });

  test.each([
    ["its validity_period", { validity_period: formatTime({ seconds: 30 }) }, 30_000],
    ["the default", {}, 60_000],
  ])("they expire after %s", async (_, times, ms) => {
    const esme = await bound();
    smsc.phone("2").off();
    await esme.submit({ ...text, ...times });
    vi.advanceTimersByTime(ms - 1);
    expect(esme.unread).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(await esme.takeDelivery()).toMatchObject({ message_state: MessageState.EXPIRED });
    smsc.phone("2").on();
  });

  test("qos_time_to_live of a data_sm, in seconds", async () => {
    const esme = await bound();
    smsc.phone("2").off();
    const { short_message: message_payload, ...fields } = text;
    esme.send({ command: "data_sm", ...fields, message_payload, qos_time_to_live: 5 });
    await esme.read("data_sm_resp");
    vi.advanceTimersByTime(5_000);
    expect(await esme.takeDelivery()).toMatchObject({ message_state: MessageState.EXPIRED });
  });

  test("a message that stays ENROUTE expires too", async () => {
    const esme = await bound();
    await esme.submit({ ...text, destination_addr: "888801" });
    vi.advanceTimersByTime(60_001);
    expect(await esme.takeDelivery()).toMatchObject({ message_state: MessageState.EXPIRED });
  });

  test("the sender who asked with 0x10 hears that it waits", async () => {
    const esme = await bound();
    smsc.phone("2").off();
    await esme.submit({ ...text, registered_delivery: 0x10 });
    expect((await esme.takeDelivery()).esm_class).toBe(0x20);
    vi.advanceTimersByTime(0);
    expect((await esme.takeDelivery()).esm_class).toBe(0x20);
  });

  test("more than may wait are undeliverable", async () => {
    const esme = await bound({ queueLimit: 1 });
    smsc.phone("2").off();
    const first = await esme.submit({ ...text, registered_delivery: 0 });
    const second = await esme.submit({ ...text, registered_delivery: 0 });
    vi.advanceTimersByTime(0);
    expect(await stateOf(esme, first.message_id)).toBe(MessageState.ENROUTE);
    expect(await stateOf(esme, second.message_id)).toBe(MessageState.UNDELIVERABLE);
  });

  test("set_dpf: the ESME is told when the phone is back, once", async () => {
    const esme = await bound();
    const data = {
      command: "data_sm",
      source_addr: "4711",
      destination_addr: "2",
      set_dpf: 1,
    } as const;
    esme.send(data);
    expect((await esme.read("data_sm_resp")).dpf_result).toBe(0);
    const phone = smsc.phone("2");
    phone.off();
    esme.send(data);
    expect((await esme.read("data_sm_resp")).dpf_result).toBe(1);
    phone.on();
    expect(await esme.read("alert_notification")).toMatchObject({
      source_addr: "2",
      esme_addr: "4711",
      ms_availability_status: 0,
    });
    phone.off();
    phone.on();
    esme.send({ command: "enquire_link" });
    await esme.read("enquire_link_resp");
    expect(esme.unread).not.toContain("alert_notification");
  });
});

test("alert goes to a receiver of the account, and says when there is none", async () => {
  const esme = await bound();
  expect(smsc.alert({ source_addr: "2", esme_addr: "1" }, "nobody")).toBe(false);
  expect(smsc.alert({ source_addr: "2", esme_addr: "1" })).toBe(true);
  expect((await esme.read("alert_notification")).source_addr).toBe("2");
});

test("alert passes over a receiver that is being unbound", async () => {
  const leaving = await bound();
  // A request without an answer: the session waits for it before unbind.
  const waits = smsc.deliver({ from: "2", to: "1", text: "never answered" }).catch(() => {});
  await leaving.read("deliver_sm");
  const unbound = smsc.sessions[0]?.session.unbind();
  const alert = { source_addr: "2", esme_addr: "1" };
  expect(smsc.alert(alert)).toBe(false);
  const staying = RawEsme.join(smsc);
  await staying.bind();
  expect(smsc.alert(alert)).toBe(true);
  expect((await staying.read("alert_notification")).source_addr).toBe("2");
  await Promise.all([leaving.end(), staying.end(), unbound, smsc.close(), waits]);
});

test("a relative validity counts from the scheduled time", () => {
  const pdu = {
    command: "replace_sm",
    schedule_delivery_time: formatTime({ minutes: 1 }),
    validity_period: formatTime({ minutes: 1 }),
  };
  // What matters of a PDU here is the two times.
  const lifetime = lifetimeOf(pdu as Parameters<typeof lifetimeOf>[0], now, 1);
  expect(lifetime).toEqual({ due: now + 60_000, expires: now + 120_000 });
});

describe("broadcasts", () => {
  const broadcast = {
    command: "broadcast_sm",
    source_addr: "1",
    broadcast_area_identifier: [Uint8Array.of(0, 1), Uint8Array.of(0, 2)],
    broadcast_content_type: Uint8Array.of(0, 0, 0),
    broadcast_rep_num: 1,
    broadcast_frequency_interval: Uint8Array.of(8, 0, 0),
    message_payload: Buffer.from("flood"),
  } as const;

  test("taken, queried, cancelled", async () => {
    const esme = await bound({}, 0x50);
    const told = once(smsc, "broadcast");
    esme.send(broadcast);
    const { message_id } = await esme.read("broadcast_sm_resp");
    expect(await told).toMatchObject([{ message_id, from: "1", areas: ["0001", "0002"] }]);
    esme.send({ command: "query_broadcast_sm", message_id });
    expect(await esme.read("query_broadcast_sm_resp")).toMatchObject({
      message_id,
      message_state: MessageState.ENROUTE,
      broadcast_area_identifier: broadcast.broadcast_area_identifier,
      broadcast_area_success: [100, 100],
    });
    esme.send({ command: "cancel_broadcast_sm", message_id });
    expect((await esme.read("cancel_broadcast_sm_resp")).command_status).toBe(0);
    esme.send({ command: "query_broadcast_sm", message_id });
    const answer = await esme.read("query_broadcast_sm_resp");
    expect(answer).toMatchObject({ message_state: MessageState.DELETED });
    expect(answer.broadcast_end_time).toHaveLength(16);
    esme.send({ command: "cancel_broadcast_sm", message_id });
    expect((await esme.read("cancel_broadcast_sm_resp")).command_status).toBe(
      Status.ESME_RBCASTCANCELFAIL,
    );
  });

  test("found by user_message_reference, replaced, not seen by others, over at its end", async () => {
    const esme = await bound({}, 0x50);
    esme.send({ ...broadcast, user_message_reference: 7 });
    const { message_id } = await esme.read("broadcast_sm_resp");
    esme.send({ ...broadcast, message_id, user_message_reference: 8 });
    expect((await esme.read("broadcast_sm_resp")).message_id).toBe(message_id);
    esme.send({ command: "query_broadcast_sm", user_message_reference: 8 });
    expect((await esme.read("query_broadcast_sm_resp")).message_id).toBe(message_id);
    const stranger = RawEsme.join(smsc);
    stranger.send({ command: "bind_transceiver", system_id: "else", interface_version: 0x50 });
    await stranger.read("bind_transceiver_resp");
    stranger.send({ command: "query_broadcast_sm", message_id });
    expect((await stranger.read("query_broadcast_sm_resp")).command_status).toBe(
      Status.ESME_RBCASTQUERYFAIL,
    );
    vi.advanceTimersByTime(60_000);
    esme.send({ command: "query_broadcast_sm", message_id });
    expect((await esme.read("query_broadcast_sm_resp")).message_state).toBe(MessageState.DELIVERED);
  });
});

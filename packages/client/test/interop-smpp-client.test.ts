// npm `smpp` as the ESME of our SMSC, over TCP.
import { Status } from "@esme/pdu";
import type { Smsc } from "@esme/smsc";
import { expect, test } from "vitest";
import {
  ask,
  next,
  type PeerPdu,
  type PeerSession,
  smppClient,
  textOf,
  vendorCommand,
} from "./interop-smpp.ts";
import { once } from "./once.ts";
import { smscOf } from "./smsc.ts";

async function bound(smsc: Smsc, mode = "bind_transceiver"): Promise<PeerSession> {
  const session = await smppClient(smsc.port);
  const answer = await ask(session, mode, { system_id: "esme", password: "secret" });
  expect(answer).toMatchObject({ command: `${mode}_resp`, command_status: 0 });
  return session;
}

/** Takes and keeps every deliver_sm. */
function inbox(session: PeerSession): { wait(count: number): Promise<PeerPdu[]> } {
  const received: PeerPdu[] = [];
  session.on("deliver_sm", (pdu) => {
    received.push(pdu);
    session.send(pdu.response());
  });
  return {
    async wait(count) {
      while (received.length < count) await next(session, "deliver_sm");
      return received;
    },
  };
}

test.each([
  ["bind_transmitter", "transmitter"],
  ["bind_receiver", "receiver"],
  ["bind_transceiver", "transceiver"],
])("%s makes a %s", async (command, mode) => {
  const smsc = await smscOf({ system_id: "ours" });
  const session = await smppClient(smsc.port);
  const answer = await ask(session, command, { system_id: "esme", password: "secret" });
  expect(answer).toMatchObject({ system_id: "ours", sc_interface_version: 0x50 });
  expect(smsc.sessions[0]).toMatchObject({ system_id: "esme", mode });
});

test("a wrong password is refused, and the right one taken after it", async () => {
  const smsc = await smscOf({ accounts: [{ system_id: "esme", password: "secret" }] });
  const session = await smppClient(smsc.port);
  const bind = (password: string) =>
    ask(session, "bind_transceiver", { system_id: "esme", password });
  expect(await bind("wrong")).toMatchObject({ command_status: Status.ESME_RINVPASWD });
  expect(await bind("secret")).toMatchObject({ command_status: 0 });
});

test("a command before the bind is refused", async () => {
  const session = await smppClient((await smscOf()).port);
  const answer = await ask(session, "submit_sm", { destination_addr: "1", short_message: "hi" });
  expect(answer).toMatchObject({ command_status: Status.ESME_RINVBNDSTS });
});

test.each([
  ["GSM", "Grüße aus Zürich, 5 € {ok}", 0],
  ["UCS-2", "Привет 👋", 8],
])("a %s text is shown as it was written", async (_name, text, data_coding) => {
  const smsc = await smscOf();
  const session = await bound(smsc);
  const shown = once(smsc, "message");
  const answer = await ask(session, "submit_sm", {
    source_addr: "4711",
    destination_addr: "27820001001",
    data_coding,
    short_message: text,
  });
  expect(answer).toMatchObject({ command_status: 0, message_id: "0000000001" });
  expect(await shown).toMatchObject([{ from: "4711", to: "27820001001", text, parts: 1 }]);
});

const long = "The quick brown fox jumps over the lazy dog; ".repeat(9);
const thirds = [long.slice(0, 150), long.slice(150, 300), long.slice(300)];

test.each([
  [
    "headers",
    thirds.map((message, index) => ({
      short_message: { udh: Buffer.from([5, 0, 3, 7, 3, index + 1]), message },
    })),
  ],
  [
    "sar TLVs",
    thirds.map((message, index) => ({
      short_message: message,
      sar_msg_ref_num: 7,
      sar_total_segments: 3,
      sar_segment_seqnum: index + 1,
    })),
  ],
  ["message_payload", [{ message_payload: long }]],
])("a long text with %s is shown whole", async (_name, parts) => {
  const smsc = await smscOf();
  const session = await bound(smsc);
  const shown = once(smsc, "message");
  const address = { source_addr: "4711", destination_addr: "27820001001", data_coding: 0 };
  for (const part of parts) await ask(session, "submit_sm", { ...address, ...part });
  expect(await shown).toMatchObject([{ text: long, parts: parts.length }]);
});

test("a receipt comes to the session that asked for it", async () => {
  const session = await bound(await smscOf());
  const { wait } = inbox(session);
  await ask(session, "submit_sm", {
    source_addr: "4711",
    destination_addr: "27820001001",
    registered_delivery: 1,
    short_message: "hello",
  });
  const [receipt] = await wait(1);
  expect(receipt).toMatchObject({
    esm_class: 4,
    source_addr: "27820001001",
    destination_addr: "4711",
    receipted_message_id: "0000000001",
    message_state: 2,
    short_message: { message: expect.stringMatching(/^id:0000000001 .*stat:DELIVRD/) },
  });
});

test.each([
  ["one part", "yes please", 1],
  ["three parts", long, 3],
])("a text from a phone comes in %s", async (_name, text, parts) => {
  const smsc = await smscOf();
  const session = await bound(smsc, "bind_receiver");
  const { wait } = inbox(session);
  const responses = await smsc.deliver({ from: "27820001001", to: "4711", text, parts });
  expect(responses).toHaveLength(parts);
  expect((await wait(parts)).map(textOf).join("")).toBe(text);
});

test("a phone's text that is refused for good is not sent again", async () => {
  const smsc = await smscOf();
  const session = await bound(smsc);
  session.on("deliver_sm", (pdu) => {
    session.send(pdu.response({ command_status: Status.ESME_RINVDSTADR }));
  });
  const sent = smsc.deliver({ from: "27820001001", to: "4711", text: "hi" });
  await expect(sent).rejects.toMatchObject({ statusName: "ESME_RINVDSTADR" });
});

test("several in flight are matched, although they overtake each other", async () => {
  const smsc = await smscOf({
    onSubmit: (pdu) => ({ message_id: `id-${pdu.sequence_number}` }),
  });
  smsc.behave({ fault: "reorder" });
  const session = await bound(smsc);
  const order: string[] = [];
  session.on("submit_sm_resp", (pdu) => order.push(String(pdu["message_id"])));
  const fields = { destination_addr: "27820001001", short_message: "hi" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask(session, "submit_sm", fields)),
  );
  // The first request was the bind.
  const expected = answers.map((_, n) => `id-${n + 2}`);
  expect(answers.map(({ message_id }) => message_id)).toEqual(expected);
  expect(order).not.toEqual(expected);
  expect(order.sort()).toEqual(expected.sort());
});

test.each([
  ["279999 11", Status.ESME_RINVDSTADR],
  ["279999 88", Status.ESME_RTHROTTLED],
])("a submission to %s is refused with %i, the next one taken", async (address, command_status) => {
  const session = await bound(await smscOf());
  const submit = (destination_addr: string) =>
    ask(session, "submit_sm", { destination_addr, short_message: "hi" });
  expect(await submit(address.replace(" ", ""))).toMatchObject({ command_status });
  expect(await submit("27820001001")).toMatchObject({ command_status: 0 });
});

test("query_sm, replace_sm and cancel_sm find a message that is not delivered yet", async () => {
  const session = await bound(await smscOf({ receiptDelay: 60_000 }));
  const fields = { source_addr: "4711", destination_addr: "27820001001" };
  const { message_id } = await ask(session, "submit_sm", { ...fields, short_message: "hello" });
  const named = { message_id, source_addr: "4711" };
  expect(await ask(session, "query_sm", named)).toMatchObject({ message_id, message_state: 1 });
  expect(await ask(session, "replace_sm", { ...named, short_message: "bye" })).toMatchObject({
    command_status: 0,
  });
  expect(await ask(session, "cancel_sm", { ...named, ...fields })).toMatchObject({
    command_status: 0,
  });
  expect(await ask(session, "query_sm", named)).toMatchObject({ message_state: 4 });
});

test("a vendor TLV reaches onSubmit as an unknown one", async () => {
  let seen: unknown;
  const smsc = await smscOf({
    onSubmit: ({ unknown_tlvs }) => {
      seen = unknown_tlvs?.map(({ tag, value }) => ({ tag, value: Buffer.from(value) }));
    },
  });
  const session = await bound(smsc);
  const fields = { destination_addr: "1", short_message: "hi", entity_id: "1101456789" };
  expect(await ask(session, "submit_sm", fields)).toMatchObject({ command_status: 0 });
  expect(seen).toEqual([{ tag: 0x1400, value: Buffer.from("1101456789\0") }]);
});

test("a command that no standard knows gets generic_nack, and the session lives", async () => {
  const session = await bound(await smscOf());
  expect(await ask(session, vendorCommand.name)).toMatchObject({
    command: "generic_nack",
    command_status: Status.ESME_RINVCMDID,
  });
  expect(await ask(session, "enquire_link")).toMatchObject({ command: "enquire_link_resp" });
});

test("octets that are no SMPP get generic_nack, then the end of the connection", async () => {
  const session = await bound(await smscOf());
  const nacked = next(session, "generic_nack");
  const closed = next(session, "close");
  session.socket.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  expect(await nacked).toMatchObject({ command_status: Status.ESME_RINVCMDLEN });
  await closed;
});

test("enquire_link and unbind are answered", async () => {
  const smsc = await smscOf();
  const session = await bound(smsc);
  expect(await ask(session, "enquire_link")).toMatchObject({ command_status: 0 });
  const unbound = once(smsc, "unbound");
  expect(await ask(session, "unbind")).toMatchObject({ command: "unbind_resp", command_status: 0 });
  session.close();
  await unbound;
});

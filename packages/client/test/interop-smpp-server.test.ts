// Our client against npm `smpp` as the SMSC, over TCP.
import { readFileSync } from "node:fs";
import { createCodec, integer, octets, Status } from "@esme/pdu";
import { expect, onTestFinished, test } from "vitest";
import { Client, type ClientOptions } from "../src/index.ts";
import { sendText } from "../src/text.ts";
import {
  ask,
  next,
  type PeerPdu,
  smpp,
  smppServer,
  textOf,
  vendorCommand,
} from "./interop-smpp.ts";
import { once } from "./once.ts";

const bind = { mode: "transceiver", system_id: "esme", password: "secret" } as const;

async function bound(port: number, options: ClientOptions = {}): Promise<Client> {
  const client = new Client({ host: "127.0.0.1", port, bind, ...options });
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
}

/** A server that takes every submission and keeps it. */
async function takingServer() {
  const taken: PeerPdu[] = [];
  const server = await smppServer((session) => {
    session.on("submit_sm", (pdu) => {
      taken.push(pdu);
      session.send(pdu.response({ message_id: `id-${taken.length}` }));
    });
  });
  return { ...server, taken };
}

test.each([
  ["bindTransmitter", "bind_transmitter", "BOUND_TX"],
  ["bindReceiver", "bind_receiver", "BOUND_RX"],
  ["bindTransceiver", "bind_transceiver", "BOUND_TRX"],
] as const)("%s is a %s with its fields", async (method, command, state) => {
  const { port, session } = await smppServer();
  const client = await bound(port, { bind: undefined });
  const seen = next(await session, command);
  const fields = {
    system_id: "esme",
    password: "secret",
    system_type: "VMA",
    address_range: "^44",
  };
  const { system_id } = await client[method]({ ...fields, addr_ton: 1, addr_npi: 1 });
  expect(await seen).toMatchObject({
    ...fields,
    interface_version: 0x34,
    addr_ton: 1,
    addr_npi: 1,
  });
  expect([client.state, system_id]).toEqual([state, "npm smpp"]);
});

test("a refused bind is a StatusError, although its response has no body", async () => {
  const { port } = await smppServer(() => {}, { command_status: Status.ESME_RINVPASWD });
  const error: unknown = await bound(port).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "status", statusName: "ESME_RINVPASWD" });
});

test.each([
  ["GSM", "Grüße aus Zürich, 5 € {ok}", 0],
  ["UCS-2", "Привет 👋", 8],
])("a %s text is read as it was written", async (_name, text, data_coding) => {
  const { port, taken } = await takingServer();
  const client = await bound(port);
  const { message_ids } = await sendText(client, { from: "EXAMPLE", to: "+447937954654", text });
  expect(message_ids).toEqual(["id-1"]);
  expect(taken).toHaveLength(1);
  expect(taken[0]).toMatchObject({
    source_addr: "EXAMPLE",
    source_addr_ton: 5,
    destination_addr: "447937954654",
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    data_coding,
    short_message: { message: text },
  });
});

const long = "The quick brown fox jumps over the lazy dog; ".repeat(9);

test("a long text comes in parts with a header", async () => {
  const { port, taken } = await takingServer();
  const { message_ids } = await sendText(await bound(port), { to: "123", text: long });
  expect(message_ids).toEqual(["id-1", "id-2", "id-3"]);
  expect(taken.map(textOf).join("")).toBe(long);
  const headers = taken.map(({ esm_class, short_message }) => ({ esm_class, short_message }));
  const [{ short_message } = { short_message: {} }] = headers;
  const reference = (short_message as { udh: Buffer[] }).udh[0]?.[2];
  expect(headers).toMatchObject(
    [1, 2, 3].map((part) => ({
      esm_class: 0x40,
      short_message: { udh: [Buffer.from([0, 3, reference ?? -1, 3, part])] },
    })),
  );
});

test("a long text comes in parts with sar TLVs", async () => {
  const { port, taken } = await takingServer();
  await sendText(await bound(port), { to: "123", text: long, split: { method: "sar" } });
  expect(taken.map(textOf).join("")).toBe(long);
  expect(taken).toMatchObject(
    [1, 2, 3].map((part) => ({
      esm_class: 0,
      sar_total_segments: 3,
      sar_segment_seqnum: part,
      sar_msg_ref_num: taken[0]?.["sar_msg_ref_num"],
    })),
  );
});

test("a long text comes whole in message_payload", async () => {
  const { port, taken } = await takingServer();
  await sendText(await bound(port), { to: "123", text: long, split: { method: "payload" } });
  expect(taken.map(textOf)).toEqual([long]);
});

test("several in flight are matched, whatever the order of their answers", async () => {
  const held: PeerPdu[] = [];
  const { port } = await smppServer((session) => {
    session.on("submit_sm", (pdu) => {
      held.push(pdu);
      if (held.length < 10) return;
      for (const request of held.splice(0).reverse()) {
        session.send(request.response({ message_id: `for ${request["destination_addr"]}` }));
      }
    });
  });
  const client = await bound(port, { window: 10 });
  const numbers = Array.from({ length: 30 }, (_, n) => String(n));
  const responses = await Promise.all(
    numbers.map((destination_addr) => client.submitSm({ destination_addr })),
  );
  expect(responses.map(({ message_id }) => message_id)).toEqual(numbers.map((n) => `for ${n}`));
});

test("a refusal concerns one request alone", async () => {
  const { port } = await smppServer((session) => {
    session.on("submit_sm", (pdu) => {
      const refused = pdu["destination_addr"] === "2";
      const fields = refused ? { command_status: Status.ESME_RINVDSTADR } : { message_id: "ok" };
      session.send(pdu.response(fields));
    });
  });
  const client = await bound(port);
  const outcomes = await Promise.allSettled(
    ["1", "2", "3"].map((destination_addr) => client.submitSm({ destination_addr })),
  );
  expect(outcomes).toMatchObject([
    { status: "fulfilled" },
    { status: "rejected", reason: { code: "status", statusName: "ESME_RINVDSTADR" } },
    { status: "fulfilled" },
  ]);
});

test("a generic_nack is the refusal of the request with its number", async () => {
  const { port } = await smppServer((session) => {
    session.on("submit_sm", ({ sequence_number }) => {
      const command_status = Status.ESME_RINVCMDID;
      session.send(new smpp.PDU("generic_nack", { command_status, sequence_number }));
    });
  });
  const client = await bound(port);
  await expect(client.submitSm({ destination_addr: "1" })).rejects.toMatchObject({
    code: "status",
    statusName: "ESME_RINVCMDID",
  });
  await client.enquireLink();
});

test("a command that no standard knows gets generic_nack, and the session lives", async () => {
  const { port, session } = await smppServer();
  const client = await bound(port);
  const answer = await ask(await session, vendorCommand.name);
  expect(answer).toMatchObject({
    command: "generic_nack",
    command_status: Status.ESME_RINVCMDID,
  });
  await client.enquireLink();
});

test("a receipt is handed to the callback, and what this returns is the answer", async () => {
  const { port, session } = await smppServer();
  const answers = [undefined, Status.ESME_RX_T_APPN];
  const client = await bound(port, { callbacks: { deliver_sm: () => answers.shift() } });
  const received = client.listen();
  const fields = {
    source_addr: "447937954654",
    destination_addr: "EXAMPLE",
    esm_class: 4,
    short_message: Buffer.from(
      "id:0123456789 sub:001 dlvrd:001 submit date:2401151230 done date:2401151231 stat:DELIVRD err:000 text:Hello",
    ),
    receipted_message_id: "0123456789",
    message_state: 2,
    network_error_code: Buffer.from([3, 0, 1]),
  };
  const first = ask(await session, "deliver_sm", fields);
  const { value: pdu } = await received.next();
  expect(pdu).toMatchObject({
    command: "deliver_sm",
    esm_class: 4,
    receipted_message_id: "0123456789",
    message_state: 2,
  });
  expect(await first).toMatchObject({ command: "deliver_sm_resp", command_status: 0 });
  const second = ask(await session, "deliver_sm", fields);
  await received.next();
  expect(await second).toMatchObject({ command_status: Status.ESME_RX_T_APPN });
});

test("vendor TLVs go both ways", async () => {
  const codec = createCodec({
    tlvs: {
      entity_id: { tag: 0x1400, type: octets({ min: 1, max: 30 }), commands: ["submit_sm"] },
      price_class: { tag: 0x1501, type: integer({ size: 2 }), commands: ["deliver_sm"] },
    },
  });
  const { port, session } = await smppServer((opened) => {
    opened.on("submit_sm", (pdu) => opened.send(pdu.response({ message_id: "1" })));
  });
  const client = new Client({ host: "127.0.0.1", port, codec, bind });
  onTestFinished(() => client.disconnect());
  let price: number | undefined;
  client.setCallbacks({
    deliver_sm: (pdu) => {
      price = pdu.price_class;
    },
  });
  await client.connect();
  const seen = next(await session, "submit_sm");
  await client.submitSm({ destination_addr: "1", entity_id: Buffer.from("1101456789\0") });
  expect(await seen).toMatchObject({ entity_id: "1101456789" });
  await ask(await session, "deliver_sm", { price_class: 4711 });
  expect(price).toBe(4711);
});

test("enquire_link is answered in both directions", async () => {
  const { port, session } = await smppServer();
  const client = await bound(port);
  expect(await client.enquireLink()).toMatchObject({ command: "enquire_link_resp" });
  expect(await ask(await session, "enquire_link")).toMatchObject({ command_status: 0 });
});

test("unbind is answered in both directions", async () => {
  const first = await smppServer();
  const leaving = await bound(first.port);
  const asked = next(await first.session, "unbind");
  await leaving.unbind();
  await asked;
  expect(leaving.state).toBe("CLOSED");

  const second = await smppServer();
  const left = await bound(second.port);
  const closed = once(left, "closed");
  expect(await ask(await second.session, "unbind")).toMatchObject({ command: "unbind_resp" });
  const [reason] = await closed;
  expect(reason).toMatchObject({ code: "unbound" });
});

test("a lost connection ends what is in flight, and tells that it was written", async () => {
  const { port } = await smppServer((session) => {
    session.on("submit_sm", () => session.destroy());
  });
  const client = await bound(port);
  await expect(client.submitSm({ destination_addr: "1" })).rejects.toMatchObject({
    name: "LinkError",
    written: true,
  });
});

test("the other commands of an ESME are understood", async () => {
  const seen: PeerPdu[] = [];
  const { port } = await smppServer((session) => {
    for (const command of ["submit_multi", "data_sm", "query_sm", "cancel_sm", "replace_sm"]) {
      session.on(command, (pdu) => {
        seen.push(pdu);
        session.send(pdu.response({ message_id: "7", message_state: 2 }));
      });
    }
  });
  const client = await bound(port);
  const short_message = Buffer.from("hello");
  const responses = await Promise.all([
    client.submitMulti({
      dest_address: [
        { dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: "447937954654" },
        { dest_flag: 2, dl_name: "friends" },
      ],
      short_message,
    }),
    client.dataSm({ destination_addr: "1", message_payload: short_message }),
    client.querySm({ message_id: "7", source_addr: "1" }),
    client.cancelSm({ message_id: "7" }),
    client.replaceSm({ message_id: "7", short_message }),
  ]);
  expect(responses).toMatchObject([
    { command: "submit_multi_resp", message_id: "7", unsuccess_sme: [] },
    { command: "data_sm_resp", message_id: "7" },
    { command: "query_sm_resp", message_id: "7", message_state: 2 },
    { command: "cancel_sm_resp" },
    { command: "replace_sm_resp" },
  ]);
  expect(seen).toMatchObject([
    { dest_address: [{ destination_addr: "447937954654" }, { dl_name: "friends" }] },
    { command: "data_sm", destination_addr: "1" },
    { command: "query_sm", message_id: "7", source_addr: "1" },
    { command: "cancel_sm", message_id: "7" },
    { command: "replace_sm", message_id: "7" },
  ]);
});

test("the same over TLS, with the certificate checked", async () => {
  const key = readFileSync(new URL("data/key.pem", import.meta.url));
  const cert = readFileSync(new URL("data/cert.pem", import.meta.url));
  const { port } = await smppServer(() => {}, { key, cert });
  const client = await bound(port, { tls: { ca: cert } });
  expect(client.state).toBe("BOUND_TRX");
  await client.unbind();
});

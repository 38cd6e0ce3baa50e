// What the compiler accepts, and what it refuses; nothing here connects.
import { type Codec, createCodec, octets, type Pdu } from "@esme/pdu";
import { expectTypeOf, test } from "vitest";
import { type Bind, type BindFields, Client, type CommandFields } from "../src/index.ts";
import {
  type ReceivedReceipt,
  type ReceivedText,
  receiveTexts,
  sendText,
  type TextMessage,
  texts,
} from "../src/text.ts";

const codec = createCodec({
  tlvs: {
    template_id: { tag: 0x1401, type: octets({ min: 1, max: 20 }), commands: ["submit_sm"] },
  },
});
type TlvsOf<C> = C extends Codec<infer T> ? T : never;
const template_id = Buffer.from("1107");

test("fields, binds and texts may be held in variables of their types", () => {
  const client = new Client();
  void (() => new Client({ bind: {} as Bind }));
  expectTypeOf(client.submitSm).toBeCallableWith({} as CommandFields<"submit_sm">);
  expectTypeOf(client.bindReceiver).toBeCallableWith({} as BindFields);
  void (() => sendText(client, {} as TextMessage));
});

test("vendor TLVs are fields of their commands, and of no others", () => {
  const client = new Client({ codec, bind: { mode: "receiver", system_id: "esme" } });
  expectTypeOf(client.submitSm).toBeCallableWith({ destination_addr: "1", template_id });
  void (() => sendText(client, { to: "1", text: "x", template_id }));
  // @ts-expect-error data_sm does not carry template_id
  void (() => client.dataSm({ template_id }));
  // @ts-expect-error a client without this codec does not know it
  void (() => new Client().submitSm({ template_id }));
});

test("what is received has the vendor TLVs of the codec, however it is taken", () => {
  const inbound = createCodec({
    tlvs: { cost: { tag: 0x1402, type: octets({ min: 1, max: 8 }), commands: ["deliver_sm"] } },
  });
  const costOf = (pdu: Pdu<TlvsOf<typeof inbound>>) =>
    pdu.command === "deliver_sm" ? pdu.cost : undefined;
  const client = new Client({
    codec: inbound,
    callbacks: { all_commands: (pdu) => costOf(pdu), deliver_sm: (pdu) => void pdu.cost },
  });
  client.on("stray", (pdu) => costOf(pdu));
  client.on("bound", (pdu) => costOf(pdu));
  void (async () => {
    for await (const pdu of client.listen()) costOf(pdu);
    const pdu = await client.readOnePdu();
    return pdu && costOf(pdu);
  });
  // @ts-expect-error without this codec nobody knows it
  new Client().on("stray", (pdu) => pdu.command === "deliver_sm" && pdu.cost);
});

test("all_commands may be async", () => {
  void new Client({ callbacks: { all_commands: async () => {} } });
});

test("wrong fields are refused", () => {
  const client = new Client();
  // @ts-expect-error misspelt
  void (() => client.submitSm({ destination_address: "1" }));
  // @ts-expect-error text is not octets
  void (() => client.submitSm({ short_message: "hello" }));
  // @ts-expect-error a callback's fields are those of the response
  void (() => client.setCallbacks({ deliver_sm: () => ({ destination_addr: "1" }) }));
});

test("responses have the fields of their command", () => {
  const client = new Client();
  expectTypeOf<
    Awaited<ReturnType<typeof client.submitSm>>["command"]
  >().toEqualTypeOf<"submit_sm_resp">();
  expectTypeOf<Awaited<ReturnType<typeof client.querySm>>["message_state"]>().toBeNumber();
});

test("texts and receipts are distinguished by their kind", () => {
  const client = new Client();
  void (async () => {
    for await (const item of texts(client)) {
      expectTypeOf(item).toEqualTypeOf<ReceivedText | ReceivedReceipt>();
      if (item.kind === "text") expectTypeOf(item.text).toBeString();
      else expectTypeOf(item.status).toEqualTypeOf<"pending" | "delivered" | "failed">();
      // @ts-expect-error a text has no status
      if (item.kind === "text") void item.status;
    }
  });
  void new Client({ callbacks: receiveTexts({ onText: ({ from }) => void from }) });
  void new Client({ callbacks: { ...receiveTexts({ onText: () => {} }), unbind: () => 0 } });
  void (() => client.setCallbacks(receiveTexts({ onReceipt: async ({ id }) => void id })));
  // @ts-expect-error misspelt
  void (() => receiveTexts({ onTxt: () => {} }));
  // @ts-expect-error the handlers of texts() are its loop
  void (() => texts(client, { onText: () => {} }));
});

test("the PDUs of texts have the vendor TLVs of the codec", () => {
  const inbound = createCodec({
    tlvs: { cost: { tag: 0x1402, type: octets({ min: 1, max: 8 }), commands: ["deliver_sm"] } },
  });
  const costs = ({ pdus }: ReceivedText<TlvsOf<typeof inbound>>) =>
    pdus.map((pdu) => (pdu.command === "deliver_sm" ? pdu.cost : undefined));
  const client = new Client({ codec: inbound });
  client.setCallbacks(receiveTexts<TlvsOf<typeof inbound>>({ onText: (text) => void costs(text) }));
  void (async () => {
    for await (const item of texts(client)) if (item.kind === "text") costs(item);
  });
});

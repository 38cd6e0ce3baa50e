// What the compiler accepts, and what it refuses; nothing here connects.
import { createCodec, octets } from "@esme/pdu";
import { expectTypeOf, test } from "vitest";
import { type Bind, type BindFields, Client, type CommandFields } from "../src/index.ts";
import { sendText, type TextMessage } from "../src/text.ts";

const codec = createCodec({
  tlvs: {
    template_id: { tag: 0x1401, type: octets({ min: 1, max: 20 }), commands: ["submit_sm"] },
  },
});
const template_id = Buffer.from("1107");

test("fields, binds and texts may be held in variables of their types", () => {
  const client = new Client({ bind: {} as Bind });
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

// What the compiler accepts, and what it refuses; nothing here listens.
import { createCodec, integer } from "@esme/pdu";
import { expectTypeOf, test } from "vitest";
import type { BindDecision } from "../src/index.ts";
import { type Answer, type ServerCallbacks, type ServerSession, SmppServer } from "../src/index.ts";

const onBind = () => true;

test("callbacks know their request, their session and their answer", () => {
  const callbacks: ServerCallbacks = {
    submit_sm: async (pdu, session) => {
      expectTypeOf(pdu.destination_addr).toEqualTypeOf<string>();
      expectTypeOf(session).toEqualTypeOf<ServerSession>();
      return { message_id: "1" };
    },
    // @ts-expect-error a bind is answered by accounts or onBind
    bind_receiver: () => {},
  };
  expectTypeOf(callbacks).toExtend<ServerCallbacks>();
  // @ts-expect-error submit_sm_resp has no destination_addr
  const wrong: Answer<"submit_sm"> = { destination_addr: "1" };
  expectTypeOf(wrong).toExtend<Answer<"submit_sm">>();
  // @ts-expect-error a deliver_sm is what a server sends
  const sent: ServerCallbacks = { deliver_sm: () => {} };
  expectTypeOf(sent).toExtend<ServerCallbacks>();
});

test("the TLVs of the codec are keys of requests and of messages", () => {
  const type = integer({ size: 1 });
  const codec = createCodec({
    tlvs: { price: { tag: 0x1501, type, commands: ["submit_sm", "deliver_sm"] } },
  });
  const server = new SmppServer({
    codec,
    onBind,
    callbacks: {
      submit_sm: (pdu) => {
        expectTypeOf(pdu.price).toEqualTypeOf<number | undefined>();
      },
    },
  });
  const plain = new SmppServer({ onBind });
  const never = () => {
    void server.deliver("esme", { price: 7 });
    // @ts-expect-error it has no codec with this TLV
    void plain.deliver("esme", { price: 7 });
    // @ts-expect-error no field of a deliver_sm
    void plain.deliver("esme", { sm_text: "hi" });
    void plain.deliver(undefined, { command: "data_sm", destination_addr: "1" });
  };
  expectTypeOf(never).toBeFunction();
});

test("a decision is true, false, a status or a limit", () => {
  expectTypeOf<true | false | 13 | { maxSessions: number }>().toExtend<BindDecision>();
  // @ts-expect-error nothing decides nothing
  const undecided: BindDecision = undefined;
  expectTypeOf(undecided).toExtend<BindDecision>();
});

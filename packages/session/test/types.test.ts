// What the compiler accepts, and what it refuses; nothing here connects.
import type { PduOf } from "@esme/pdu";
import type { OptionTable } from "@esme/settings";
import { expectTypeOf, test } from "vitest";
import { type Answer, type Callbacks, type SessionOptions, sessionOptions } from "../src/index.ts";

type Inbound = "deliver_sm" | "data_sm";
type Bind = "bind_receiver" | "bind_transmitter" | "bind_transceiver";

test("one function may be the callback of several commands", () => {
  const inbound = (pdu: PduOf<Inbound>): Answer<Inbound> => ({ message_id: pdu.source_addr });
  const later = async (pdu: PduOf<Inbound>): Promise<Answer<Inbound>> => inbound(pdu);
  const bind = (pdu: PduOf<Bind>): Answer<Bind> => ({ system_id: pdu.system_id });
  const callbacks = {
    deliver_sm: inbound,
    data_sm: later,
    bind_receiver: bind,
    bind_transmitter: bind,
    bind_transceiver: bind,
  } satisfies Callbacks;
  expectTypeOf(callbacks).toExtend<Callbacks>();
});

test("an answer has the fields of its response, and no others", () => {
  // @ts-expect-error deliver_sm_resp has no destination_addr
  const wrong: Answer<"deliver_sm"> = { destination_addr: "1" };
  expectTypeOf(wrong).toExtend<Answer<"deliver_sm">>();
});

test("every option of a session has a row, and every row is an option", () => {
  expectTypeOf(sessionOptions).toExtend<OptionTable<SessionOptions>>();
  expectTypeOf<keyof typeof sessionOptions>().toEqualTypeOf<keyof SessionOptions>();
});

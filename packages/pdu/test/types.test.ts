// What the compiler knows: the types of PDUs come from the tables, and are exact.

import { describe, expectTypeOf, test } from "vitest";
import {
  type Codec,
  type CommandName,
  createCodec,
  cstring,
  decode,
  encode,
  integer,
  octets,
  type Pdu,
  type PduInput,
  type PduInputOf,
  type PduOf,
  type RequestName,
  type ResponseName,
  type ResponseNameOf,
  responseTo,
  Status,
  type UnknownTlv,
} from "../src/index.ts";

/** Never called: what stands inside is for the compiler alone. */
function typesOnly(_: () => void): void {}

describe("what decode gives", () => {
  test("is a union told apart by command", () => {
    expectTypeOf<Pdu["command"]>().toEqualTypeOf<CommandName | "unknown">();
    typesOnly(() => {
      const pdu = decode(new Uint8Array(16));
      if (pdu.command === "deliver_sm") {
        expectTypeOf(pdu).toEqualTypeOf<PduOf<"deliver_sm">>();
        expectTypeOf(pdu.short_message).toEqualTypeOf<Uint8Array>();
        expectTypeOf(pdu.source_addr).toEqualTypeOf<string>();
        expectTypeOf(pdu.esm_class).toEqualTypeOf<number>();
        expectTypeOf(pdu.receipted_message_id).toEqualTypeOf<string | undefined>();
        // @ts-expect-error it has no message_id
        pdu.message_id;
      }
      if (pdu.command === "unknown") expectTypeOf(pdu.body).toEqualTypeOf<Uint8Array>();
    });
  });

  test("has TLVs beside the fields, arrays where they repeat", () => {
    type Submit = PduOf<"submit_sm">;
    expectTypeOf<Submit["callback_num"]>().toEqualTypeOf<Uint8Array[] | undefined>();
    expectTypeOf<Submit["sar_msg_ref_num"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Submit["unknown_tlvs"]>().toEqualTypeOf<UnknownTlv[] | undefined>();
    expectTypeOf<PduOf<"query_sm_resp">["message_state"]>().toEqualTypeOf<number>();
    expectTypeOf<PduOf<"deliver_sm">["message_state"]>().toEqualTypeOf<number | undefined>();
  });

  test("has lists whose entries are told apart by dest_flag", () => {
    type Entry = PduOf<"submit_multi">["dest_address"][number];
    type Address = {
      dest_flag: 1;
      dest_addr_ton: number;
      dest_addr_npi: number;
      destination_addr: string;
    };
    expectTypeOf<Entry>().toEqualTypeOf<Address | { dest_flag: 2; dl_name: string }>();
    expectTypeOf<
      PduOf<"submit_multi_resp">["unsuccess_sme"][number]["error_status_code"]
    >().toBeNumber();
  });

  test("has no computed fields", () => {
    expectTypeOf<PduOf<"submit_sm">>().not.toHaveProperty("sm_length");
    expectTypeOf<PduOf<"submit_multi">>().not.toHaveProperty("number_of_dests");
    expectTypeOf<PduOf<"submit_multi_resp">>().not.toHaveProperty("no_unsuccess");
  });

  test("can be encoded as it is", () => {
    expectTypeOf<Pdu>().toExtend<PduInput>();
  });
});

describe("what encode takes", () => {
  test("needs the command alone", () => {
    expectTypeOf<{ command: "submit_sm" }>().toExtend<PduInput>();
    expectTypeOf<{ command: "submit_sm"; source_addr: undefined }>().toExtend<PduInput>();
  });

  test("is exact", () => {
    typesOnly(() => {
      // @ts-expect-error a misspelt field
      encode({ command: "submit_sm", destinaton_addr: "1" });
      // @ts-expect-error a field of another command
      encode({ command: "submit_sm", message_id: "1" });
      // @ts-expect-error a TLV that no version lists for the command
      encode({ command: "submit_sm", receipted_message_id: "1" });
      // @ts-expect-error a computed field
      encode({ command: "submit_sm", sm_length: 1 });
      // @ts-expect-error a command that is none
      encode({ command: "submit" });
      // @ts-expect-error digits for an integer
      encode({ command: "submit_sm", esm_class: "1" });
      // @ts-expect-error a number for a string
      encode({ command: "submit_sm", source_addr: 1 });
      // @ts-expect-error a string for octets
      encode({ command: "submit_sm", short_message: "hello" });
      // @ts-expect-error one for a TLV that repeats
      encode({ command: "submit_sm", callback_num: new Uint8Array(4) });
      // @ts-expect-error the name of a list with an address
      encode({ command: "submit_multi", dest_address: [{ dest_flag: 2, destination_addr: "1" }] });
      // @ts-expect-error an unknown PDU needs its command_id
      encode({ command: "unknown" });
    });
  });

  test("has no index signature: every key is known", () => {
    expectTypeOf<string>().not.toExtend<keyof PduInputOf<"submit_sm">>();
    expectTypeOf<PduInputOf<"submit_sm">["short_message"]>().toEqualTypeOf<
      Uint8Array | undefined
    >();
  });
});

describe("requests and responses", () => {
  test("are tied", () => {
    expectTypeOf<ResponseNameOf<"submit_sm">>().toEqualTypeOf<"submit_sm_resp">();
    expectTypeOf<ResponseNameOf<RequestName>>().toEqualTypeOf<ResponseName>();
    expectTypeOf<"outbind">().not.toExtend<RequestName>();
    expectTypeOf<"generic_nack">().not.toExtend<ResponseName>();
  });

  test("can be written as one generic function, inferred from the command", () => {
    typesOnly(() => {
      const request = <C extends RequestName>(
        _: { command: C } & PduInputOf<C>,
      ): PduOf<ResponseNameOf<C>> => {
        throw new Error("types only");
      };
      expectTypeOf(request({ command: "submit_sm", source_addr: "1" }).message_id).toBeString();
      // @ts-expect-error a misspelt field
      request({ command: "submit_sm", source_adr: "1" });
    });
  });

  test("responseTo gives the response to its argument", () => {
    typesOnly(() => {
      const pdu = decode(new Uint8Array(16));
      if (pdu.command !== "deliver_sm") return;
      expectTypeOf(responseTo(pdu)).toEqualTypeOf<PduInputOf<"deliver_sm_resp">>();
      // @ts-expect-error a field of another response
      responseTo(pdu, { system_id: "x" });
    });
  });
});

describe("vendor TLVs", () => {
  const codec = createCodec({
    tlvs: {
      pe_id: { tag: 0x1400, type: cstring({ max: 31 }), commands: ["submit_sm"] },
      flags: { tag: 0x1401, type: integer({ size: 1 }), multiple: true },
      blob: { tag: 0x1402, type: octets({ size: 2 }), commands: ["submit_sm", "data_sm"] },
    },
  });

  test("are typed keys of their commands, in both directions", () => {
    typesOnly(() => {
      codec.encode({ command: "submit_sm", pe_id: "1", flags: [1], blob: new Uint8Array(2) });
      codec.encode({ command: "data_sm", flags: [1], blob: new Uint8Array(2) });
      // @ts-expect-error pe_id is of submit_sm alone
      codec.encode({ command: "data_sm", pe_id: "1" });
      // @ts-expect-error pe_id is a string
      codec.encode({ command: "submit_sm", pe_id: 1 });
      const pdu = codec.decode(new Uint8Array(16));
      if (pdu.command === "submit_sm") {
        expectTypeOf(pdu.pe_id).toEqualTypeOf<string | undefined>();
        expectTypeOf(pdu.flags).toEqualTypeOf<number[] | undefined>();
        expectTypeOf(pdu.blob).toEqualTypeOf<Uint8Array | undefined>();
      }
      // @ts-expect-error pe_id is of submit_sm alone
      if (pdu.command === "data_sm") pdu.pe_id;
    });
  });

  test("do not keep a codec from standing where any codec may", () => {
    expectTypeOf(codec).toExtend<Codec>();
  });
});

test("statuses are literal numbers", () => {
  expectTypeOf(Status.ESME_RTHROTTLED).toEqualTypeOf<0x58>();
  expectTypeOf(Status.ESME_RINVTLVLEN).toEqualTypeOf<0xc2>();
});

// Whoever hovers over a field, a TLV, a status or a value in an editor is told what it is.

import { expect, test, vi } from "vitest";
import * as pdu from "../src/index.ts";
import { hoversIn, undocumentedIn } from "./hover.ts";

// A compiler on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

test("an editor tells what the names mean that people look up most", () => {
  const hovers = hoversIn(
    `
    import { commands, createCodec, DataCoding, decode, encode, EsmClass, octets, RegisteredDelivery, Status, tlvs } from "../src/index.ts";
    import type { PduInputOf, PduOf } from "../src/index.ts";
    const pdu = decode(new Uint8Array());
    if (pdu.command === "submit_sm") {
      pdu./**/esm_class; pdu./**/source_addr; pdu./**/message_payload; pdu./**/unknown_tlvs;
      pdu./**/command_status;
    }
    if (pdu.command === "unknown") pdu./**/body;
    encode({ command: "submit_sm", /**/registered_delivery: 1, /**/short_message: new Uint8Array() });
    encode({ command: "submit_sm", /**/sar_msg_ref_num: 1, /**/sequence_number: 1 });
    export const fields: Omit<PduInputOf<"submit_sm">, "command"> = { /**/data_coding: 8 };
    declare const multi: PduOf<"submit_multi">;
    for (const to of multi.dest_address) if (to.dest_flag === 2) to./**/dl_name;
    Status./**/ESME_RTHROTTLED; Status./**/ESME_RINVTLVLEN; DataCoding./**/ucs2;
    EsmClass./**/gsm_features./**/udhi;
    RegisteredDelivery.smsc_receipt./**/on_success_or_failure;
    commands./**/deliver_sm; tlvs./**/receipted_message_id;
    const codec = createCodec({
      tlvs: {
        /** The price of the message. */
        price: { tag: 0x1400, type: octets({ size: 2 }), commands: ["submit_sm"] },
      },
    });
    codec.encode({ command: "submit_sm", /**/price: new Uint8Array(2) });
    `,
    import.meta.url,
  );
  expect(hovers.filter(({ doc }) => doc === "")).toEqual([]);
  const docs = Object.fromEntries(hovers.map(({ name, doc }) => [name, doc]));
  expect(docs["esm_class"]).toMatch(/see `EsmClass`.*\(3\.4 section 5\.2\.12\)/s);
  expect(docs["registered_delivery"]).toMatch(/see `RegisteredDelivery`/);
  expect(docs["ucs2"]).toMatch(/70 characters a message/);
  expect(docs["ESME_RTHROTTLED"]).toMatch(/slower/);
  expect(docs["price"]).toBe("The price of the message.");
});

test("every key of every PDU, TLV, status and value has a doc comment", () => {
  const values = Object.keys(pdu).filter(
    (name) => /^[A-Z]/.test(name) && !/Error$|^Framer$/.test(name),
  );
  expect(values).toContain("EsmClass");
  const nested = [
    "EsmClass",
    "RegisteredDelivery",
    "PriorityFlag",
    "MsMsgWaitFacilities",
    "CallbackNumPresInd",
  ];
  const source = `
    import * as pdu from "../src/index.ts";
    export type Decoded = pdu.Pdu;
    export type Input = pdu.PduInput;
    export type Destination = pdu.PduOf<"submit_multi">["dest_address"][number];
    export type Refused = pdu.PduOf<"submit_multi_resp">["unsuccess_sme"][number];
    export type Commands = typeof pdu.commands;
    export type Tlvs = typeof pdu.tlvs;
    export type Statuses = typeof pdu.statuses;
    ${values.map((name) => `export type Of${name} = typeof pdu.${name};`).join("\n")}
    ${nested.map((name) => `export type In${name} = (typeof pdu.${name})[keyof typeof pdu.${name}];`).join("\n")}
  `;
  expect(undocumentedIn(source, import.meta.url)).toEqual([]);
});

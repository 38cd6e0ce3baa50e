import { Status } from "@esme/pdu";
import { decodeShortMessage, joinParts } from "@esme/sm-split";
import { describe, expect, test } from "vitest";
import type { CommandFields } from "../src/index.ts";
import { Client } from "../src/index.ts";
import { IncompleteTextError, sendText, type TextMessage } from "../src/text.ts";
import { smscOf } from "./smsc.ts";

type Submitted = CommandFields<"submit_sm">;

async function submitted(
  message: TextMessage,
  statuses: number[] = [],
): Promise<{ parts: Submitted[]; outcome: PromiseSettledResult<{ message_ids: string[] }> }> {
  const parts: Submitted[] = [];
  const { port } = await smscOf({
    onSubmit: (pdu) => {
      if (pdu.command === "submit_sm") parts.push(pdu);
      return { command_status: statuses[parts.length - 1] ?? 0, message_id: `${parts.length}` };
    },
  });
  const client = new Client({
    host: "127.0.0.1",
    port,
    bind: { mode: "transmitter", system_id: "esme" },
  });
  await client.connect();
  const [outcome] = await Promise.allSettled([sendText(client, message)]);
  await client.unbind();
  return { parts, outcome };
}

test("a short text is one submit_sm", async () => {
  const { parts, outcome } = await submitted({ to: "+447937954654", text: "Hällo €" });
  expect(outcome).toEqual({ status: "fulfilled", value: { message_ids: ["1"] } });
  expect(parts).toMatchObject([{ data_coding: 0, esm_class: 0, destination_addr: "447937954654" }]);
  expect(decodeShortMessage(parts[0]?.short_message ?? new Uint8Array(), 0)).toBe("Hällo €");
});

test("a long text with emoji is several parts with a header, which join to the text", async () => {
  const text = "Fußgängerübergänge 🚶 ".repeat(10);
  const { parts, outcome } = await submitted({ from: "esme", to: "123", text });
  expect(outcome).toMatchObject({
    value: { message_ids: parts.map((_part, index) => `${index + 1}`) },
  });
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.every(({ esm_class, data_coding }) => esm_class === 0x40 && data_coding === 8)).toBe(
    true,
  );
  const octets = joinParts(parts.map(({ short_message }) => short_message ?? new Uint8Array()));
  expect(decodeShortMessage(octets, 8)).toBe(text);
});

test.each([
  ["+447937954654", { source_addr: "447937954654", source_addr_ton: 1, source_addr_npi: 1 }],
  ["62000", { source_addr: "62000", source_addr_ton: 0, source_addr_npi: 0 }],
  ["esme", { source_addr: "esme", source_addr_ton: 5, source_addr_npi: 0 }],
  ["+49 fake", { source_addr: "+49 fake", source_addr_ton: 5, source_addr_npi: 0 }],
  [undefined, { source_addr: "", source_addr_ton: 0, source_addr_npi: 0 }],
])("from %j has the address fields %o", async (from, fields) => {
  const { parts } = await submitted({ from, to: "1", text: "x" });
  expect(parts[0]).toMatchObject(fields);
});

test("fields beside the text go into every part and win over what an address suggests", async () => {
  const { parts } = await submitted({
    from: "62000",
    source_addr_ton: 3,
    to: "1",
    text: "x".repeat(200),
    registered_delivery: 1,
    esm_class: 3,
  });
  expect(parts).toHaveLength(2);
  for (const part of parts) {
    expect(part).toMatchObject({ source_addr_ton: 3, registered_delivery: 1, esm_class: 0x43 });
  }
});

test.each([
  ["sar", { sar_total_segments: 2, sar_segment_seqnum: 1, esm_class: 0 }],
  ["payload", { esm_class: 0, message_payload: expect.any(Uint8Array) }],
] as const)("split by %s sets its TLVs", async (method, fields) => {
  const { parts } = await submitted({ to: "1", text: "x".repeat(200), split: { method } });
  expect(parts[0]).toMatchObject(fields);
});

describe("refusals", () => {
  test("of the only part is that part's error", async () => {
    const { outcome } = await submitted({ to: "1", text: "x" }, [Status.ESME_RINVDSTADR]);
    expect(outcome).toMatchObject({ reason: { statusName: "ESME_RINVDSTADR" } });
  });

  test("of one of several parts tell which were accepted", async () => {
    const { outcome } = await submitted({ to: "1", text: "x".repeat(400) }, [
      0,
      Status.ESME_RSUBMITFAIL,
    ]);
    expect(outcome.status === "rejected" && outcome.reason).toBeInstanceOf(IncompleteTextError);
    expect(outcome).toMatchObject({
      reason: { code: "incomplete_text", message_ids: ["1", undefined, "3"] },
    });
  });

  test("of a text that cannot be split come before anything is sent", async () => {
    const { parts, outcome } = await submitted({
      to: "1",
      text: "x".repeat(161),
      split: { method: "single" },
    });
    expect(outcome).toMatchObject({ reason: { name: "SplitError" } });
    expect(parts).toEqual([]);
  });
});

/** Which PDUs are repetitions, against the slow way to compare them: field by field. */
import { isDeepStrictEqual } from "node:util";
import type { PduOf } from "@esme/pdu";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Repetitions } from "../src/text/repetitions.ts";
import { deliverSm, octetsOf } from "./deliver.ts";

type Deliver = PduOf<"deliver_sm">;

const octet = fc.nat(255);
const few = fc.constantFrom(0, 1, 2);
const tlv = fc.record({
  tag: fc.constantFrom(0x1400, 0x1401),
  value: fc.uint8Array({ maxLength: 2 }),
});
/** From few values, so that two are alike often enough. */
const fields = fc.record(
  {
    service_type: fc.constantFrom("", "WAP"),
    source_addr: fc.constantFrom("27820001001", "27820001002", "é"),
    source_addr_ton: few,
    esm_class: few,
    data_coding: fc.oneof(few, octet),
    short_message: fc.oneof(fc.uint8Array({ maxLength: 2 }), fc.uint8Array({ maxLength: 254 })),
    message_payload: fc.uint8Array({ minLength: 400, maxLength: 402, max: 1 }),
    user_message_reference: few,
    sar_msg_ref_num: few,
    callback_num: fc.array(fc.uint8Array({ minLength: 4, maxLength: 5, max: 1 }), {
      maxLength: 2,
    }),
    unknown_tlvs: fc.array(tlv, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

/** Whether the second is a repetition of the first, which was published. */
async function isRepetition(first: Deliver, second: Deliver, hasOwnTlvs = false): Promise<boolean> {
  const repetitions = new Repetitions(10_000, () => new Date(0), hasOwnTlvs);
  (await repetitions.begin(first))?.end(true);
  return (await repetitions.begin(second)) === undefined;
}

describe.each([false, true])("with TLVs of the SMSC's own: %s", (hasOwnTlvs) => {
  test("a PDU is a repetition of one that is the same in every field, and of no other", async () => {
    await fc.assert(
      fc.asyncProperty(fields, fields, async (one, two) => {
        const [first, second] = [
          deliverSm({ ...one, sequence_number: 5 }),
          deliverSm({ ...two, sequence_number: 5 }),
        ];
        expect(await isRepetition(first, second, hasOwnTlvs)).toBe(
          isDeepStrictEqual(first, second),
        );
        expect(await isRepetition(first, structuredClone(first), hasOwnTlvs)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each(["short_message", "message_payload"] as const)(
    "one octet of %s makes it another",
    async (field) => {
      const text = octetsOf("x".repeat(field === "short_message" ? 200 : 5_000));
      for (const index of [0, 100, text.length - 1]) {
        const other = text.with(index, 0x79);
        const [first, second] = [text, other].map((value) =>
          deliverSm({ sequence_number: 5, [field]: value }),
        );
        if (first === undefined || second === undefined) throw new Error("two PDUs are made");
        expect(await isRepetition(first, second, hasOwnTlvs)).toBe(false);
      }
    },
  );

  test("a field that the codec does not know makes it another", async () => {
    const first = deliverSm({ sequence_number: 5 });
    const [one, two] = [1, 2].map((own) => Object.assign(structuredClone(first), { own }));
    if (one === undefined || two === undefined) throw new Error("two PDUs are made");
    expect(await isRepetition(one, two, hasOwnTlvs)).toBe(false);
    expect(await isRepetition(one, first, hasOwnTlvs)).toBe(false);
    expect(await isRepetition(one, structuredClone(one), hasOwnTlvs)).toBe(true);
  });
});

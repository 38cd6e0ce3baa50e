import { decode, encode, MessageState } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { receiptFor } from "../src/life/receipt.ts";
import { stored } from "./stored.ts";

const done = new Date("2026-11-22T01:05:59Z");

/** The text of the receipt for a message with this text. */
function textFor(text: string, message_state = 2, error_code = 0): string {
  const message = { ...stored("id-1"), submitted: new Date("2026-11-22T00:59:00Z") };
  const ended = { ...message, message_state, error_code, final_date: done };
  const receipt = receiptFor(ended, text);
  if (receipt.command !== "deliver_sm") throw new Error("expected a deliver_sm");
  return Buffer.from(receipt.short_message ?? "").toString("latin1");
}

describe("receiptFor", () => {
  test.each([
    [
      MessageState.DELIVERED,
      0,
      "id:id-1 sub:001 dlvrd:001 submit date:2611220059 done date:2611220105 stat:DELIVRD err:000 text:hello",
    ],
    [
      MessageState.UNDELIVERABLE,
      27,
      "id:id-1 sub:001 dlvrd:000 submit date:2611220059 done date:2611220105 stat:UNDELIV err:027 text:hello",
    ],
  ])("state %i", (message_state, error_code, text) => {
    expect(textFor("hello", message_state, error_code)).toBe(text);
  });

  test.each([
    ["20 characters are kept", "123456789012345678901", "12345678901234567890"],
    ["what GSM and ASCII write differently is masked", "a@b_c{d", "a?b?c?d"],
    ["an emoji is one character", "📦!", "?!"],
    ["a line break cannot fake a field", "x\nstat:REJECTD", "x?stat:REJECTD"],
    ["nothing stays nothing", "", ""],
  ])("%s", (_, text, beginning) => {
    expect(textFor(text).split(" text:")[1]).toBe(beginning);
  });

  test("goes back to the sender, with both addresses as they were", () => {
    const message = stored("id-1", {
      source_addr: "shop",
      source_addr_ton: 5,
      destination_addr: "27820001001",
      dest_addr_ton: 1,
      dest_addr_npi: 1,
    });
    expect(decode(encode(receiptFor(message, "")))).toMatchObject({
      source_addr: "27820001001",
      source_addr_ton: 1,
      source_addr_npi: 1,
      destination_addr: "shop",
      dest_addr_ton: 5,
      dest_addr_npi: 0,
      receipted_message_id: "id-1",
      message_state: MessageState.ENROUTE,
    });
  });
});

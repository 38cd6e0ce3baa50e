// What dissect tells of a PDU: every octet once, and who may see it.

import { expect, test } from "vitest";
import { cstring, dissect, encode } from "../src/index.ts";

test("every octet after the header is in one field, in order", () => {
  const frame = encode({
    command: "submit_sm",
    source_addr: "1",
    short_message: Uint8Array.of(1, 2),
    user_message_reference: 7,
  });
  const { command, pdu, fields, problems } = dissect(frame);
  expect(command).toBe("submit_sm");
  expect(pdu).toMatchObject({ source_addr: "1", user_message_reference: 7 });
  expect(problems).toEqual([]);
  expect(fields[0]?.start).toBe(16);
  expect(fields.at(-1)).toMatchObject({ name: "user_message_reference", tag: 0x0204, value: 7 });
  expect(fields.slice(1).map(({ start }) => start)).toEqual(
    fields.slice(0, -1).map(({ end }) => end),
  );
  expect(fields.at(-1)?.end).toBe(frame.length);
});

test("what cannot be read is a field, too", () => {
  const frame = encode({ command: "query_sm", message_id: "12" }).slice(0, 20);
  const { fields, problems } = dissect(frame);
  expect(problems[0]).toBe("command_length is 22, but there are 20 octets");
  expect(fields.map(({ name, start, end }) => [name, start, end])).toEqual([
    ["message_id", 16, 19],
    ["source_addr_ton", 19, 20],
  ]);
  expect(dissect(frame.subarray(0, 18)).fields).toMatchObject([
    { name: "not read", start: 16, end: 18 },
  ]);
});

test("an unknown command has a body", () => {
  const frame = encode({ command: "unknown", command_id: 0x0100_0001, body: Uint8Array.of(1) });
  expect(dissect(frame)).toMatchObject({
    command: undefined,
    fields: [{ name: "body", start: 16 }],
  });
});

test("vendor TLVs have their names when they are given", () => {
  const frame = encode({
    command: "unbind",
    unknown_tlvs: [{ tag: 0x1400, value: Uint8Array.of(65) }],
  });
  expect(dissect(frame).fields).toMatchObject([{ name: undefined, tag: 0x1400 }]);
  const tlvs = { mine: { tag: 0x1400, type: cstring({ max: 9 }) } };
  expect(dissect(frame, { tlvs }).fields).toMatchObject([{ name: "mine", value: "A" }]);
});

test("fields say who may see them; in a malformed bind every string is a secret", () => {
  const bind = encode({ command: "bind_receiver", system_id: "me", password: "pw" });
  const privacyOf = (frame: Uint8Array) => dissect(frame).fields.map(({ privacy }) => privacy);
  expect(privacyOf(bind)).toEqual([
    "personal",
    "secret",
    "public",
    "public",
    "public",
    "public",
    "personal",
  ]);
  expect(privacyOf(bind.subarray(0, -1))).toEqual([
    "secret",
    "secret",
    "secret",
    "public",
    "public",
    "public",
  ]);
});

test("fewer octets than a header are a PduError", () => {
  expect(() => dissect(new Uint8Array(15))).toThrow(
    expect.objectContaining({ code: "bad_length" }),
  );
});

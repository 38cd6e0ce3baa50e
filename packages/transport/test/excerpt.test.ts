import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bodyExcerpt, octetsExcerpt, sizeOf, valueExcerpt } from "../src/flow/excerpt.ts";

const digest = (octets: Uint8Array): string => createHash("sha256").update(octets).digest("hex");

const cutOf = (octets: Uint8Array) => ({ octets: octets.length, sha256: digest(octets) });

describe("a body", () => {
  test.each([
    ["text", Buffer.from("hello"), { body: "hello" }],
    ["nothing", Buffer.alloc(0), { body: "" }],
    ["JSON with a quote at every word", Buffer.from('{"a":"b"}'), { body: '{"a":"b"}' }],
    ["a byte order mark", Buffer.from("\ufeffx"), { body: "\ufeffx" }],
    ["other octets", Buffer.of(0xff, 0x41), { body_base64: "/0E=" }],
    ["half a character", Buffer.of(0x41, 0xe2, 0x82), { body_base64: "QeKC" }],
    ["NULs", Buffer.alloc(30), { body_base64: Buffer.alloc(30).toString("base64") }],
    ["100 kB", Buffer.alloc(100_000, "x"), { body: "x".repeat(100_000) }],
  ])("of %s is kept whole", (_, body, expected) => {
    expect(bodyExcerpt(body)).toEqual(expected);
  });

  test("of more than 100 kB is cut, its length and digest told", () => {
    const body = Buffer.alloc(23_000_000);
    const expected = { body_base64: Buffer.alloc(100_000).toString("base64"), cut: cutOf(body) };
    expect(bodyExcerpt(body)).toEqual(expected);
  });

  test("is cut between two characters", () => {
    const body = Buffer.from(`x${"€".repeat(50_000)}`);
    expect(bodyExcerpt(body)).toEqual({ body: `x${"€".repeat(33_333)}`, cut: cutOf(body) });
  });

  test("of 100 kB or less can be read back, and none grows past what a broker takes", () => {
    const anyBody = fc.oneof(
      fc.uint8Array({ maxLength: 300, size: "max" }).map((octets) => Buffer.from(octets)),
      fc.string({ maxLength: 300, size: "max", unit: "binary" }).map((text) => Buffer.from(text)),
      fc.tuple(fc.constantFrom('"', "\0", "€", "x"), fc.nat(150_000)).map(([character, times]) => {
        return Buffer.from(character.repeat(times));
      }),
    );
    fc.assert(
      fc.property(anyBody, (body) => {
        const excerpt: Record<string, unknown> = { ...bodyExcerpt(body) };
        expect(Buffer.byteLength(JSON.stringify(excerpt))).toBeLessThan(201_000);
        const { body: text, body_base64: base64 } = excerpt;
        const octets =
          typeof text === "string" ? Buffer.from(text) : Buffer.from(String(base64), "base64");
        if (excerpt["cut"] === undefined) expect(octets.equals(body)).toBe(true);
        else expect(octets.equals(body.subarray(0, octets.length))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a PDU", () => {
  test("that cannot be decoded is kept in hex", () => {
    expect(octetsExcerpt(Buffer.of(1, 255))).toEqual({ octets: "01ff" });
    expect(octetsExcerpt(Buffer.alloc(100_000))).toEqual({ octets: "00".repeat(100_000) });
    const octets = Buffer.alloc(100_001, 1);
    const expected = { octets: "01".repeat(100_000), cut: cutOf(octets) };
    expect(octetsExcerpt(octets)).toEqual(expected);
  });

  test("that is an object is kept as one, or as the beginning of its JSON", () => {
    const pdu = { a: 1, b: Buffer.of(255), c: [{ d: Buffer.of(1) }, null] };
    expect(valueExcerpt("pdu", pdu)).toEqual({ pdu: { a: 1, b: "ff", c: [{ d: "01" }, null] } });
    // 200,000 characters of JSON are the most.
    const most = { b: "x".repeat(200_000 - '{"b":""}'.length) };
    expect(valueExcerpt("pdu", most)).toEqual({ pdu: most });
    const json = Buffer.from(JSON.stringify({ b: "00".repeat(150_000) }));
    expect(valueExcerpt("pdu", { b: Buffer.alloc(150_000) })).toEqual({
      pdu: json.toString().slice(0, 200_000),
      cut: cutOf(json),
    });
  });
});

test.each([
  ["a number", 7, 32],
  ["null", null, 32],
  ["a text", "hello", 37],
  ["octets", new Uint8Array(100), 132],
  ["an object", { a: 1, b: "xx", c: [new Uint8Array(10), true] }, 32 + 32 + 34 + (32 + 42 + 32)],
])("the size of %s is that of its octets and texts, and 32 for each value", (_, value, size) => {
  expect(sizeOf(value)).toBe(size);
});

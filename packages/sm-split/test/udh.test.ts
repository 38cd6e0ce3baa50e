import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  concatElement,
  Iei,
  nationalElements,
  portsElement,
  readUdh,
  SplitError,
  writeUdh,
} from "../src/index.ts";
import { bytes, hex } from "./vectors.ts";

const octet = fc.integer({ min: 0, max: 255 });
const element = fc.record({ iei: octet, data: fc.uint8Array({ maxLength: 12 }) });
const elements = fc.array(element, { maxLength: 12 });

describe("readUdh", () => {
  test("reads back what writeUdh wrote, known or not, and the text behind it", () => {
    fc.assert(
      fc.property(elements, fc.uint8Array(), (written, body) => {
        const header = writeUdh(written);
        const read = readUdh(Uint8Array.of(...header, ...body));
        expect(read.error).toBeUndefined();
        expect(read.elements.map(({ iei, data }) => ({ iei, data: hex(data) }))).toEqual(
          written.map(({ iei, data }) => ({ iei, data: hex(data) })),
        );
        expect(hex(read.header)).toBe(hex(header));
        expect(hex(read.body)).toBe(hex(body));
      }),
    );
  });

  test("loses nothing of any octets: header and body are all of them", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        const { header, body, error } = readUdh(octets);
        expect(hex(header) + hex(body)).toBe(hex(octets));
        if (error?.code === "header_too_long") expect(header.length).toBe(0);
      }),
    );
  });

  test.each([
    ["", "header_too_long", 0, 0],
    ["0500030102", "header_too_long", 0, 0],
    ["ff", "header_too_long", 0, 0],
    ["0105", "element_cut_short", 1, 0],
    ["06050400010002", "ok", 0, 1],
    ["0300050161", "element_too_long", 1, 0],
    ["06000301020105ff", "element_cut_short", 6, 1],
    ["080003010201700461", "element_too_long", 6, 1],
  ])("%s is %s at %d, after %d elements", (octets, code, offset, count) => {
    const udh = readUdh(bytes(octets));
    expect(udh.error?.code ?? "ok").toBe(code);
    expect(udh.error?.offset ?? 0).toBe(offset);
    expect(udh.elements.length).toBe(count);
  });

  test.each([
    ["05000342020161", { reference: 0x42, total: 2, sequence: 1 }],
    ["06080404d2020161", { reference: 0x4d2, total: 2, sequence: 1 }],
    ["0500034200010a", undefined],
    ["0500034202000a", undefined],
    ["0500034202030a", undefined],
    ["04000242020a", undefined],
    ["060804d20201000a", undefined],
    ["0a00030102010003020202", { reference: 2, total: 2, sequence: 2 }],
    ["0a00030102010003020203", { reference: 1, total: 2, sequence: 1 }],
  ])("%s has concatenation %j", (octets, concat) => {
    expect(readUdh(bytes(octets)).concat).toEqual(concat);
  });

  test.each([
    ["0605040b8423f0", { ports: { destination: 2948, originator: 9200 } }],
    ["040402f0f1", { ports: { destination: 240, originator: 241 } }],
    ["03240103", { national: { singleShift: 3 } }],
    ["03250101", { national: { locking: 1 } }],
    ["06240106250107", { national: { singleShift: 6, locking: 7 } }],
    ["06240106240107", { national: { singleShift: 7 } }],
    ["0424020103", {}],
  ])("%s says %j", (octets, meaning) => {
    const { ports, national } = readUdh(bytes(octets));
    expect({ ...(ports && { ports }), ...(national && { national }) }).toEqual(meaning);
  });

  test("names the elements of the standard and reads their fields", () => {
    const header = writeUdh([
      { iei: 0x01, data: bytes("8005") },
      { iei: 0x05, data: bytes("0b8423f0") },
      { iei: 0x12, data: bytes("000102aabb") },
      { iei: 0x0a, data: bytes("010203") },
      { iei: 0x99, data: bytes("01") },
      { iei: 0x05, data: bytes("0b84") },
      { iei: 0x1a, data: bytes("") },
    ]);
    expect(readUdh(header).elements).toEqual([
      {
        iei: 0x01,
        data: bytes("8005"),
        name: "special_message_indication",
        fields: { indication: 0x80, count: 5 },
      },
      {
        iei: 0x05,
        data: bytes("0b8423f0"),
        name: "ports16",
        fields: { destination: 2948, originator: 9200 },
      },
      {
        iei: 0x12,
        data: bytes("000102aabb"),
        name: "variable_picture",
        fields: { position: 0, width8: 1, height: 2, bitmap: bytes("aabb") },
      },
      {
        iei: 0x0a,
        data: bytes("010203"),
        name: "text_formatting",
        fields: { start: 1, length: 2, mode: 3, colour: bytes("") },
      },
      { iei: 0x99, data: bytes("01") },
      { iei: 0x05, data: bytes("0b84"), name: "ports16" },
      { iei: 0x1a, data: bytes(""), name: "extended_object_data_request", fields: {} },
    ]);
  });

  test("knows every element of the standard's list, with its length where that is fixed", () => {
    const { udh } = JSON.parse(
      readFileSync(new URL("data/sms-encoding.json", import.meta.url), "utf8"),
    );
    const unnamed = [0x02, 0x03];
    const wrong: unknown[] = [];
    for (const { iei, iedl, name } of udh.informationElements) {
      const [read] = readUdh(writeUdh([{ iei, data: new Uint8Array(iedl ?? 0) }])).elements;
      if ((read?.name === undefined) !== unnamed.includes(iei)) wrong.push(name);
      if (iedl !== null && read?.name !== undefined && read.fields === undefined) wrong.push(name);
    }
    expect(wrong).toEqual([]);
  });
});

describe("writeUdh", () => {
  test.each([
    [[concatElement({ reference: 0x42, total: 2, sequence: 1 }, 8)], "050003420201"],
    [[concatElement({ reference: 0x4d2, total: 2, sequence: 1 }, 16)], "06080404d20201"],
    [[portsElement({ destination: 5514, originator: 0 })], "060504158a0000"],
    [nationalElements({ singleShift: 3 }), "03240103"],
    [nationalElements({ locking: 1, singleShift: 2 }), "06240102250101"],
    [nationalElements({ locking: 0, singleShift: 0 }), "00"],
    [[], "00"],
    [[{ iei: Iei.LOCKING_SHIFT, data: bytes("01") }], "03250101"],
  ])("%j is %s", (list, octets) => {
    expect(hex(writeUdh(list))).toBe(octets);
  });

  test.each([
    [[{ iei: 256, data: bytes() }]],
    [[{ iei: -1, data: bytes() }]],
    [[{ iei: 0.5, data: bytes() }]],
    [[{ iei: 0, data: new Uint8Array(254) }]],
    [[{ iei: 0, data: new Uint8Array(256) }]],
  ])("refuses what does not fit: %j", (list) => {
    expect(() => writeUdh(list)).toThrow(SplitError);
    expect(() => writeUdh(list)).toThrow(expect.objectContaining({ code: "invalid_header" }));
  });

  test.each([
    () => concatElement({ reference: 256, total: 2, sequence: 1 }, 8),
    () => concatElement({ reference: 65_536, total: 2, sequence: 1 }, 16),
    () => concatElement({ reference: 1, total: 256, sequence: 1 }, 16),
    () => concatElement({ reference: 1, total: 2, sequence: 3 }, 8),
    () => portsElement({ destination: 65_536, originator: 0 }),
    () => nationalElements({ locking: 256 }),
  ])("elements refuse numbers that do not fit: %s", (make) => {
    expect(make).toThrow(expect.objectContaining({ code: "invalid_header" }));
  });
});

import { describe, expect, test } from "vitest";
import {
  countSegments,
  decodeShortMessage,
  encodeShortMessage,
  readDataCoding,
  readUdh,
  type SplitOptions,
  splitShortMessage,
  writeUdh,
} from "../src/index.ts";
import { bytes, hex, type Row, rows } from "./vectors.ts";

const kind = (name: string) => rows.filter((row) => row.kind === name);

/** The rows' charsets by data_coding; `gsm0338` rows of codecs are the other package's. */
const dataCodings: Record<string, number> = {
  gsm0338: 0,
  auto: 0,
  fallback: 0,
  ascii: 1,
  latin1: 3,
  "8bit": 4,
  ucs2: 8,
  "iso-8859-15": 0xf0,
};
const overrides = { 240: "iso-8859-15" };
const charsetNames: Record<number, string> = { 0: "gsm0338", 1: "ascii", 3: "latin1", 8: "ucs2" };

const ofThisPackage = (row: Row) =>
  typeof row.input.charset === "string" &&
  row.input.charset in dataCodings &&
  row.input.errors === undefined;

const dataCodingOf = (row: Row): number => dataCodings[String(row.input.charset)] ?? 0;

const optionsOf = ({ input }: Row): SplitOptions => ({
  method: input.reference === "16-bit" ? "udh16" : "udh",
  reference: input.referenceNumber ?? 1,
  ...(input.unencodable === "space" && { replacement: " " }),
});

describe("rows of text.json", () => {
  test.each(kind("encode").filter(ofThisPackage))("encode $id", (row) => {
    const options = { overrides, ...(row.note === "replacement" && { replacement: "?" }) };
    const { octets } = encodeShortMessage(row.input.text ?? "", dataCodingOf(row), options);
    expect(hex(octets)).toBe(row.expect.hex);
  });

  test.each(kind("decode").filter(ofThisPackage))("decode $id", (row) => {
    expect(decodeShortMessage(bytes(row.input.hex), dataCodingOf(row), { overrides })).toBe(
      row.expect.text,
    );
  });

  test.each(kind("encodable").filter(ofThisPackage))("encodable $id", (row) => {
    const dataCoding = dataCodingOf(row);
    const encoded = encodeShortMessage(row.input.text ?? "", dataCoding);
    expect(encoded.data_coding === dataCoding).toBe(row.expect.ok);
  });

  test.each(kind("detect"))("detect $id", ({ input, expect: want }) => {
    const charsets = (input.order ?? []).filter((charset) => {
      const dataCoding = dataCodings[charset] ?? 0;
      return encodeShortMessage(input.text ?? "", dataCoding).data_coding === dataCoding;
    });
    expect(charsets[0]).toBe(want.charset);
  });

  test.each(kind("count"))("count $id", (row) => {
    const { text = "" } = row.input;
    const count = countSegments(text, optionsOf(row));
    const { segments } = splitShortMessage(text, 0, optionsOf(row));
    expect(charsetNames[count.data_coding]).toBe(row.expect.charset);
    expect(count.segments).toBe(row.expect.segments);
    expect(segments.length).toBe(count.segments);
    if (row.expect.payloadBits === undefined) return;
    const bits = segments.reduce((sum, { units }) => sum + units, 0) * (count.data_coding ? 16 : 7);
    expect(bits).toBe(row.expect.payloadBits);
    expect(bits + (segments.length > 1 ? 48 * segments.length : 0)).toBe(row.expect.totalBits);
  });

  test.each(kind("split"))("split $id", (row) => {
    const { text = "" } = row.input;
    const bodies = row.input.charset === "8bit" ? bytes(Buffer.from(text).toString("hex")) : text;
    const message = splitShortMessage(bodies, dataCodingOf(row), optionsOf(row));
    const { parts, segments } = message;
    const want = row.expect;
    const unitOctets = message.data_coding === 8 ? 2 : 1;
    const headers = parts.map((part) => (message.esm_class ? readUdh(part).header : bytes()));
    expect(parts.length).toBe(want.segments);
    expect(message.esm_class).toBe(parts.length > 1 ? 0x40 : 0);
    if (want.charset) expect(charsetNames[message.data_coding]).toBe(want.charset);
    if (want.parts) expect(segments.map((segment) => segment.text)).toEqual(want.parts);
    if (want.hex) expect(parts.map(hex)).toEqual(want.hex);
    if (want.partUnits) {
      expect(segments.map(({ units }) => units * unitOctets)).toEqual(want.partUnits);
    }
    if (want.partCharacters) {
      expect(segments.map((segment) => [...(segment.text ?? "")].length)).toEqual(
        want.partCharacters,
      );
    }
    if (want.partOctetsWithHeader) {
      expect(parts.map(({ length }) => length)).toEqual(want.partOctetsWithHeader);
    }
    if (want.headers) expect(headers.map(hex)).toEqual(want.headers);
    if (typeof want.header === "object") {
      const [udhl, iei, iedl] = headers[0] ?? [];
      expect({ udhl, iei, iedl }).toEqual(want.header);
    }
  });

  test.each(kind("splitBytes"))("splitBytes $id", (row) => {
    const options = { ...optionsOf(row), limit: row.input.partSize };
    const { parts, segments } = splitShortMessage(bytes(row.input.hex), 4, options);
    expect(parts.map(hex)).toEqual(row.expect.hex);
    expect(segments.length).toBe(row.expect.segments);
  });

  test.each(kind("udh"))("udh $id", ({ input, expect: want }) => {
    const udh = readUdh(bytes(input.hex));
    if (want.error !== undefined) {
      expect(udh.error?.code).toBe(
        {
          "header longer than payload": "header_too_long",
          "element cut short": "element_cut_short",
          "element data cut short": "element_too_long",
        }[want.error],
      );
      return;
    }
    expect(udh.error).toBeUndefined();
    expect(udh.header.length).toBe(want.headerOctets);
    expect(udh.elements.map(({ iei, data }) => ({ iei, data: hex(data) }))).toEqual(want.elements);
    expect(udh.concat).toEqual(want.concat);
    expect(udh.ports).toEqual(want.ports);
    expect(hex(writeUdh(udh.elements))).toBe(input.hex);
  });

  test.each(kind("udhStrip"))("udhStrip $id", ({ input, expect: want }) => {
    const { header, body } = readUdh(bytes(input.hex));
    expect({ header: hex(header), body: hex(body) }).toEqual(want);
  });

  test.each(kind("concatElement"))("concatElement $id", ({ input, expect: want }) => {
    const element = { iei: input.iei ?? 0, data: bytes(input.data) };
    expect(readUdh(writeUdh([element])).concat ?? null).toEqual(want.concat);
  });

  test.each([...kind("dataCoding"), ...kind("dcs23038")])(
    "$kind $id",
    ({ input, expect: want }) => {
      const { alphabet, messageClass, compressed, messageWaiting } = readDataCoding(
        input.value ?? 0,
      );
      expect(alphabet).toBe(want.alphabet);
      if (want.compressed !== undefined) expect(compressed).toBe(want.compressed);
      if (want.messageClass !== undefined) expect(messageClass ?? null).toBe(want.messageClass);
      if (want.mwi !== undefined) expect(messageWaiting).toEqual(want.mwi);
    },
  );

  test.each(kind("limits"))("limits $id", ({ input, expect: want }) => {
    const dataCoding = dataCodings[String(input.charset)];
    expect(countSegments("a", { dataCoding }).perSegment).toBe(want.single);
    expect(countSegments("a".repeat(200), { dataCoding }).perSegment).toBe(want.part);
  });

  test.each(kind("udBlock"))("udBlock $id", ({ input, expect: want }) => {
    const dataCoding = input.coding === "gsm7" ? 0 : 8;
    const { perSegment } = countSegments("a", { dataCoding });
    expect(dataCoding === 8 ? 2 * perSegment : perSegment).toBe(want.size);
  });

  test("every kind of row is tested here or with the GSM codec", () => {
    const here =
      "encode decode encodable detect count split splitBytes udh udhStrip concatElement dataCoding dcs23038 limits udBlock";
    const codec = "septets table pack unpack packLength packRoundTrip";
    expect(new Set(rows.map((row) => row.kind))).toEqual(new Set(`${here} ${codec}`.split(" ")));
  });
});

/** The PROXY header by itself: every form, cut at every length, and what is none. */
import { describe, expect, test } from "vitest";
import { type ProxyProtocol, readProxyHeader } from "../src/index.ts";
import { binaryHeader } from "./proxy-headers.ts";

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const four = [192, 0, 2, 1, 198, 51, 100, 7, 0x8b, 0x3e, 0x0a, 0xd7];
const six = [
  ...[0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 1],
  ...Array<number>(15).fill(0),
  ...[1, 0xff, 0xff, 0, 0],
];
const unix = Array<number>(216).fill(0x2f);
const tlv = [0x04, 0, 3, 1, 2, 3];

const headers: [string, "v1" | "v2", Uint8Array, { address: string; port: number } | undefined][] =
  [
    [
      "TCP4",
      "v1",
      latin1("PROXY TCP4 192.0.2.1 198.51.100.7 35646 2775\r\n"),
      { address: "192.0.2.1", port: 35646 },
    ],
    [
      "TCP6",
      "v1",
      latin1("PROXY TCP6 2001:db8::1 ::1 65535 0\r\n"),
      { address: "2001:db8::1", port: 65535 },
    ],
    ["UNKNOWN", "v1", latin1("PROXY UNKNOWN\r\n"), undefined],
    [
      "UNKNOWN with addresses",
      "v1",
      latin1(`PROXY UNKNOWN ${"f".repeat(39)} ${"f".repeat(39)} 65535 65535\r\n`),
      undefined,
    ],
    ["TCP over IPv4", "v2", binaryHeader(0x21, 0x11, four), { address: "192.0.2.1", port: 35646 }],
    [
      "the same with a TLV",
      "v2",
      binaryHeader(0x21, 0x11, [...four, ...tlv]),
      { address: "192.0.2.1", port: 35646 },
    ],
    [
      "TCP over IPv6",
      "v2",
      binaryHeader(0x21, 0x21, six),
      { address: "2001:db8:0:0:0:0:0:1", port: 65535 },
    ],
    ["LOCAL", "v2", binaryHeader(0x20, 0x00, []), undefined],
    ["LOCAL with addresses", "v2", binaryHeader(0x20, 0x11, four), undefined],
    ["a family that says nothing", "v2", binaryHeader(0x21, 0x00, tlv), undefined],
    ["a UNIX socket", "v2", binaryHeader(0x21, 0x31, unix), undefined],
    [
      "the longest that is read",
      "v2",
      binaryHeader(0x21, 0x11, [...four, ...Array<number>(4_068).fill(0)]),
      { address: "192.0.2.1", port: 35646 },
    ],
  ];

describe.each(headers)("%s, %s", (_, version, octets, source) => {
  const length = octets.length;

  test.each<ProxyProtocol>([version, "auto"])("is read as %s, whatever follows", (wanted) => {
    expect(readProxyHeader(octets, wanted)).toEqual({ length, source });
    const more = Buffer.concat([octets, Buffer.from("\r\nPROXY ")]);
    expect(readProxyHeader(more, wanted)).toEqual({ length, source });
  });

  test("is incomplete when it is cut, at every length", () => {
    for (let cut = 0; cut < length; cut++) {
      expect(readProxyHeader(octets.subarray(0, cut), version)).toBeUndefined();
    }
  });

  test("is refused where the other version is wanted, from its first octet", () => {
    const other = version === "v1" ? "v2" : "v1";
    expect(() => readProxyHeader(octets.subarray(0, 1), other)).toThrow(
      expect.objectContaining({ code: "proxy_header" }),
    );
  });
});

test.each<[string, Uint8Array, RegExp]>([
  ["a PDU", latin1("\0\0\0\x10\0\0\0\x15"), /does not begin/],
  ["a word that is not PROXY", latin1("PROXI"), /does not begin/],
  ["another family", latin1("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n"), /family/],
  ["no family", latin1("PROXY \r\n"), /family/],
  ["an address of the other family", latin1("PROXY TCP4 ::1 ::1 1 2\r\n"), /address/],
  ["an address that is none", latin1("PROXY TCP4 1.2.3.400 1.2.3.4 1 2\r\n"), /address/],
  ["no second address", latin1("PROXY TCP4 1.2.3.4\r\n"), /address/],
  ["a port above 65535", latin1("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n"), /port/],
  ["a port with a sign", latin1("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n"), /port/],
  ["a port with a zero in front", latin1("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n"), /port/],
  ["no second port", latin1("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n"), /port/],
  ["two spaces", latin1("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n"), /address/],
  ["text behind the ports", latin1("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n"), /behind/],
  ["no end in 107 octets", latin1(`PROXY ${"x".repeat(101)}`), /CRLF/],
  ["an end behind 107 octets", latin1(`PROXY UNKNOWN ${"x".repeat(92)}\r\n`), /CRLF/],
  ["another version", binaryHeader(0x31, 0x11, four), /0x20 or 0x21/],
  ["another command", binaryHeader(0x22, 0x11, four), /0x20 or 0x21/],
  [
    "addresses that are too short",
    binaryHeader(0x21, 0x11, four.slice(1)),
    /11 octets, expected 12/,
  ],
  ["IPv6 with addresses of IPv4", binaryHeader(0x21, 0x21, four), /12 octets, expected 36/],
  [
    "more octets than are read",
    binaryHeader(0x21, 0x11, Array<number>(4_081).fill(0)),
    /4097 octets/,
  ],
])("%s is refused", (_, octets, expected) => {
  expect(() => readProxyHeader(octets, "auto")).toThrow(expected);
});

test("a length over the limit is refused before its octets come", () => {
  const start = binaryHeader(0x21, 0x11, Array<number>(5_000).fill(0)).subarray(0, 16);
  expect(() => readProxyHeader(start, "v2")).toThrow(/5016 octets/);
});

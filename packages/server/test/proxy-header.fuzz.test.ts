// Whatever a proxy sends is a header, the beginning of one, or refused; in whatever pieces, the same.
import { isIP } from "node:net";
import { fuzz, fuzzTimeout, must, noise, type Random, spoilOctets } from "@esme/fuzz";
import { isSmppError } from "@esme/pdu";
import { test } from "vitest";
import { type ProxyHeader, type ProxyProtocol, readProxyHeader } from "../src/index.ts";
import { binaryHeader } from "./proxy-headers.ts";

const seeds: readonly Uint8Array[] = [
  "PROXY TCP4 192.0.2.1 198.51.100.7 35646 2775\r\n",
  "PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 65535 0\r\n",
  "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
]
  .map((line): Uint8Array => Buffer.from(line, "latin1"))
  .concat(
    binaryHeader(0x21, 0x11, [...Array(12).keys()]),
    binaryHeader(0x21, 0x21, [...Array(50).keys()]),
    binaryHeader(0x20, 0x00, []),
    binaryHeader(0x21, 0x31, [...Array(216).keys()]),
  );

interface Case {
  readonly octets: Uint8Array;
  readonly version: ProxyProtocol;
}

function make(random: Random): Case {
  const seed = random.pick(seeds);
  const header = random.oneIn(4) ? seed : spoilOctets(seed, random, seeds);
  const octets = Buffer.concat([header, noise(random.below(40), random)]);
  return { octets, version: random.pick(["v1", "v2", "auto"] as const) };
}

/** `more`: it is not complete. */
function outcomeOf(octets: Uint8Array, version: ProxyProtocol): ProxyHeader | "more" | "refused" {
  try {
    return readProxyHeader(octets, version) ?? "more";
  } catch (error) {
    must(isSmppError(error) && error.code === "proxy_header", `${error} is what is documented`);
    return "refused";
  }
}

function check({ octets, version }: Case): void {
  const whole = outcomeOf(octets, version);
  // Views with other octets around them: a read outside would change the outcome.
  const inside = Buffer.concat([Buffer.alloc(9, 0x50), octets, Buffer.alloc(9, 0x0a)]);
  const view = inside.subarray(9, 9 + octets.length);
  must(JSON.stringify(outcomeOf(view, version)) === JSON.stringify(whole), "a view is the same");
  let earlier: ProxyHeader | "more" | "refused" = "more";
  for (let cut = 0; cut <= octets.length && earlier === "more"; cut++) {
    earlier = outcomeOf(octets.subarray(0, cut), version);
    must(earlier !== "more" || cut < 4_096, "it never asks for more than 4,096 octets");
    if (typeof earlier === "object") {
      must(earlier.length === cut, "it is complete with its last octet");
      const { source } = earlier;
      must(source === undefined || isIP(source.address) > 0, "the address is one");
      must(source === undefined || (source.port >= 0 && source.port <= 65_535), "the port is one");
    }
  }
  // Octet by octet it is refused earlier at most, and for the same header.
  must(JSON.stringify(earlier) === JSON.stringify(whole), "pieces and the whole agree");
}

test("whatever comes is a header, the beginning of one, or refused", { timeout: fuzzTimeout }, () =>
  fuzz({
    name: "proxy-header",
    cases: 3_000,
    make,
    check,
    show: ({ octets, version }) => `${version} ${Buffer.from(octets).toString("hex")}`,
  }),
);

/** IP addresses as they are compared: one spelling, and the network that limits count. */
import { BlockList, isIP, isIPv6 } from "node:net";

/** The address in one spelling: `::ffff:192.0.2.1` is 192.0.2.1, IPv6 is short and without a zone. */
export function plainAddress(address: string): string {
  const [bare = ""] = address.split("%");
  if (!isIPv6(bare)) return bare;
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = mapped.slice(1).map((digits) => Number.parseInt(digits, 16));
  return [high, low].flatMap((pair = 0) => [pair >> 8, pair & 0xff]).join(".");
}

/**
 * Whose address it is, for limits: an IPv4 address alone, or the first 64 bits of an IPv6 address,
 * since one customer has all addresses behind them.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}

/**
 * A set of addresses and networks: `10.0.0.5`, `10.0.0.0/8`, `2001:db8::/32`. Throws TypeError for
 * anything else; `owner` begins the sentence.
 */
export function addressSet(
  owner: string,
  entries: readonly string[],
): (address: string) => boolean {
  const set = new BlockList();
  for (const [index, entry] of entries.entries()) {
    const [address = "", bits, ...rest] = String(entry).split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const most = family === "ipv6" ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (isIP(address) === 0 || prefix < 0 || prefix > most || rest.length > 0) {
      const what = "is not an IP address, with or without a prefix length like /24";
      throw new TypeError(`${owner}[${index}] ${what}`);
    }
    set.addSubnet(address, prefix, family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && set.check(address, family === 6 ? "ipv6" : "ipv4");
  };
}

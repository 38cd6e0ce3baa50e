/** Limits by address and by account: by themselves, and what they keep from a server. */
import { Status } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { Limits } from "../src/binds/limits.ts";
import { addressSet, networkOf, plainAddress } from "../src/port/peer.ts";
import { RawEsme } from "./raw-esme.ts";
import { serverOf } from "./serve.ts";

const limitsWith = (maxSessionsPerAddress: number, maxRefusedBindsPerAddress = 3) =>
  new Limits({ maxSessionsPerAddress, maxRefusedBindsPerAddress });

describe("addresses", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:0201", "192.0.2.1", "192.0.2.1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001::4:5:6:7:8", "2001::4:5:6:7:8", "2001:0:0:4::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80::1", "fe80:0:0:0::/64"],
    ["::1", "::1", "0:0:0:0::/64"],
    ["", "", ""],
  ])("%s is %s, and counts as %s", (address, plain, network) => {
    expect(plainAddress(address)).toBe(plain);
    expect(networkOf(plain)).toBe(network);
  });

  test.each([
    [["10.0.0.5"], "10.0.0.5", true],
    [["10.0.0.5"], "10.0.0.6", false],
    [["10.0.0.0/8", "192.0.2.0/31"], "192.0.2.1", true],
    [["192.0.2.0/31"], "192.0.2.2", false],
    [["0.0.0.0/0"], "203.0.113.9", true],
    [["2001:db8::/32"], "2001:db8:ffff::1", true],
    [["2001:db8::/32"], "2001:db9::1", false],
    [["2001:db8::/64"], "2001:db8::ffff", true],
    [["2001:db8::/64"], "2001:db8:0:1::", false],
    [["2001:db8::/32"], "192.0.2.1", false],
    [[], "192.0.2.1", false],
    [["10.0.0.5"], "", false],
  ])("%j has %s: %s", (entries, address, expected) => {
    expect(addressSet("list", entries)(address)).toBe(expected);
  });

  test.each([
    "",
    "10.0.0",
    "localhost",
    "10.0.0.0/33",
    "10.0.0.0/",
    "::/129",
    "10.0.0.0/8/8",
    "10.0.0.0/x8",
    "10.0.0.0/8x",
  ])("%j is refused", (entry) => {
    expect(() => addressSet("list", ["10.0.0.1", entry])).toThrow(/^list\[1\] is not an IP/);
  });
});

describe("connections and sessions", () => {
  test("an address has so many, whatever others have, and gets its places back", () => {
    const limits = limitsWith(2);
    const connect = (address: string) => limits.connect(address);
    expect(["1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.2"].map(connect)).toEqual([
      true,
      true,
      false,
      true,
    ]);
    limits.disconnect("1.1.1.1");
    expect(connect("1.1.1.1")).toBe(true);
  });

  test("a network of IPv6 counts as one address", () => {
    const limits = limitsWith(1);
    expect(["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map((a) => limits.connect(a))).toEqual(
      [true, false, true],
    );
  });

  test("an account has as many sessions as each bind says", () => {
    const limits = limitsWith(1);
    expect([
      limits.bind("a", 1),
      limits.bind("a", 1),
      limits.bind("a", 2),
      limits.bind("b", 1),
    ]).toEqual([true, false, true, true]);
    limits.unbind("a");
    expect(limits.bind("a", 1)).toBe(false);
    limits.unbind("a");
    expect(limits.bind("a", 1)).toBe(true);
  });
});

describe("refused binds", () => {
  test("so many in a minute bar an address; after it they are forgotten", () => {
    const limits = limitsWith(1, 2);
    limits.refuse("1.1.1.1", 0);
    expect(limits.isBarred("1.1.1.1", 0)).toBe(false);
    limits.refuse("1.1.1.1", 59_000);
    expect(limits.isBarred("1.1.1.1", 59_999)).toBe(true);
    expect(limits.isBarred("1.1.1.2", 59_999)).toBe(false);
    expect(limits.isBarred("1.1.1.1", 60_000)).toBe(false);
    limits.refuse("1.1.1.1", 60_000);
    expect(limits.isBarred("1.1.1.1", 60_000)).toBe(false);
  });

  test("who has no address bars nobody", () => {
    const limits = limitsWith(1, 1);
    limits.refuse("", 0);
    expect(limits.isBarred("", 0)).toBe(false);
  });

  test("10,000 addresses are remembered, the oldest are forgotten", () => {
    const limits = limitsWith(1, 1);
    const address = (index: number) => `10.0.${index >> 8}.${index & 255}`;
    for (let index = 0; index <= 10_000; index++) limits.refuse(address(index), index / 1_000);
    expect(limits.isBarred(address(0), 11)).toBe(false);
    expect(limits.isBarred(address(1), 11)).toBe(true);
    expect(limits.isBarred(address(10_000), 11)).toBe(true);
  });
});

describe("a server", () => {
  test("closes connections over maxSessions at once, until there is room", async () => {
    const server = await serverOf({ maxSessions: 1 });
    const first = await RawEsme.connect(server);
    await first.bind();
    await (await RawEsme.connect(server)).closed();
    expect(server.stats()).toMatchObject({ sessions: 1, refusedConnections: 1 });
    first.stream.destroy();
    await expect.poll(() => server.sessions.length).toBe(0);
    expect(await (await RawEsme.connect(server)).bind()).toBe(Status.ESME_ROK);
  });

  test("closes connections over maxSessionsPerAddress at once, and tells once", async () => {
    const lines: string[] = [];
    const nothing = () => {};
    const warn = (_: object, message: string) => void lines.push(message);
    const logger = { debug: nothing, info: nothing, error: nothing, warn };
    const server = await serverOf({ maxSessionsPerAddress: 1, logger });
    await RawEsme.connect(server);
    for (let count = 0; count < 3; count++) await (await RawEsme.connect(server)).closed();
    expect(server.stats()).toMatchObject({ sessions: 1, refusedConnections: 3 });
    expect(lines).toEqual([expect.stringContaining("maxSessionsPerAddress")]);
  });

  test("asks nobody about the binds of an address with too many refused ones, and closes its connections", async () => {
    let asked = 0;
    const server = await serverOf({
      maxRefusedBindsPerAddress: 2,
      onBind: () => ++asked > 2,
    });
    const early = await RawEsme.connect(server);
    const trying = await RawEsme.connect(server);
    expect([await trying.bind(), await trying.bind()]).toEqual([13, 13]);
    expect(await early.bind()).toBe(Status.ESME_RBINDFAIL);
    await (await RawEsme.connect(server)).closed();
    expect(asked).toBe(2);
    expect(server.stats()).toMatchObject({ refusedBinds: 3, refusedConnections: 1 });
  });

  test("closes connections that do not bind in time", async () => {
    const server = await serverOf({ bindTimeout: 30 });
    await (await RawEsme.connect(server)).closed();
    await expect.poll(() => server.sessions).toEqual([]);
  });

  test("closes a connection after maxRefusedBinds", async () => {
    const server = await serverOf({ maxRefusedBinds: 2, onBind: () => false });
    const esme = await RawEsme.connect(server);
    expect([await esme.bind(), await esme.bind(), await esme.bind()]).toEqual([13, 13, undefined]);
  });
});

/** Where the command serves its page. */
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { addressOf, serveHttp } from "../src/http/http-option.ts";
import { Smsc, SmscHttp } from "../src/index.ts";

test.each(["simulator:8775", "http://simulator", "a b", "", "-x"])(
  "a host %j is refused: no header Host would ever be that",
  (host) => {
    const smsc = new Smsc({ port: 0 });
    expect(() => new SmscHttp(smsc, { hosts: [host] })).toThrow(RangeError);
  },
);

test.each([
  ["8775", { host: "127.0.0.1", port: 8775 }],
  ["0.0.0.0:8775", { host: "0.0.0.0", port: 8775 }],
  ["[::1]:0", { host: "::1", port: 0 }],
  ["simulator:80", { host: "simulator", port: 80 }],
  ["", undefined],
  ["127.0.0.1", undefined],
  ["127.0.0.1:", undefined],
  ["127.0.0.1:70000", undefined],
  ["::1:8775", undefined],
])("%j is an address or is not", (given, address) => {
  expect(addressOf(given)).toEqual(address);
});

test("where the usual port is taken another does, but one that was asked for is insisted on", async () => {
  await using smsc = new Smsc({ port: 0 });
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const taken = {
    host: "127.0.0.1",
    port: address !== null && typeof address === "object" ? address.port : 0,
  };
  await using http = await serveHttp(smsc, undefined, [], taken);
  expect(http.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(http.url).not.toContain(`:${taken.port}/`);
  await expect(serveHttp(smsc, taken)).rejects.toMatchObject({ code: "EADDRINUSE" });
  other.close();
});

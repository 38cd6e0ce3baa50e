import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { hostGuard, isHostName, isLoopback, pageRefusal, typeRefusal } from "../src/index.ts";

function requestOf(headers: Record<string, string>, method = "GET"): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method });
  Object.assign(request.headers, { host: "127.0.0.1:8000", ...headers });
  return request;
}

function refused(headers: Record<string, string>, method = "GET"): boolean {
  return pageRefusal(requestOf(headers, method)) !== undefined;
}

const link = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

describe("a page is let in:", () => {
  test.each([
    ["what is no browser", {}],
    ["a page of this address", { origin: "http://127.0.0.1:8000" }],
    ["a page of this address behind a proxy with TLS", { origin: "https://127.0.0.1:8000" }],
    ["a page of this address, in a newer browser", { "sec-fetch-site": "same-origin" }],
    [
      "a page of this address behind a proxy that changes Host",
      { origin: "https://sms.example", "sec-fetch-site": "same-origin" },
    ],
    ["what somebody typed", { "sec-fetch-site": "none", ...link }],
    ["a link on another page", { "sec-fetch-site": "cross-site", ...link }],
  ])("%s", (_, headers) => {
    expect(refused(headers)).toBe(false);
  });
});

describe("a page is refused:", () => {
  test.each([
    ["a page of another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
    ["one of the same site", { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }],
    [
      "a frame in another page",
      { "sec-fetch-site": "cross-site", ...link, "sec-fetch-dest": "iframe" },
    ],
    ["a page in an older browser", { origin: "http://evil.example" }],
    ["a page of another port", { origin: "http://127.0.0.1:8001" }],
    ["a page of no origin", { origin: "null" }],
    ["a word that is none", { "sec-fetch-site": "" }],
  ])("%s", (_, headers) => {
    expect(refused(headers)).toBe(true);
    expect(refused(headers, "POST")).toBe(true);
  });

  test("a form of another page", () => {
    expect(refused({ "sec-fetch-site": "cross-site", ...link }, "POST")).toBe(true);
  });
});

describe("a host", () => {
  const guard = hostGuard(isLoopback, "this machine");

  test.each(["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "localhost.", "[::1]:8000", "[::1]"])(
    "%s is known, also the next time",
    (host) => {
      expect([guard(requestOf({ host })), guard(requestOf({ host }))]).toEqual([
        undefined,
        undefined,
      ]);
    },
  );

  test.each(["evil.example", "10.0.0.1", "", "127.0.0.1.evil.example", "[::1", "x".repeat(5_000)])(
    "%s is refused, also behind one that is known",
    (host) => {
      guard(requestOf({ host: "localhost" }));
      const refusal = guard(requestOf({ host }));
      expect(refusal).toMatchObject({ status: 403, code: "bad_host" });
      expect(refusal?.message).toMatch(/^Host is ".*: expected this machine$/);
      expect(refusal?.message.length).toBeLessThan(500);
    },
  );

  test.each([
    ["smsc.example", true],
    ["127.0.0.1", true],
    ["::1", true],
    ["http://smsc", false],
    ["smsc:80", false],
    ["", false],
  ])("%j can be the name of one: %s", (name, can) => {
    expect(isHostName(name)).toBe(can);
  });
});

test.each([
  ["application/json", undefined],
  ["application/json; charset=utf-8", undefined],
  ["Application/JSON", undefined],
  ["text/plain", 'Content-Type is "text/plain": expected application/json'],
  ["", 'Content-Type is "": expected application/json'],
])("a body of type %j", (type, message) => {
  expect(typeRefusal(requestOf({ "content-type": type }))?.message).toBe(message);
});

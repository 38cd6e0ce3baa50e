import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { foreignPage } from "../src/http/foreign-page.ts";

function refused(headers: Record<string, string>, method = "GET"): boolean {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method });
  Object.assign(request.headers, { host: "127.0.0.1:8000", ...headers });
  return foreignPage(request) !== undefined;
}

const link = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

describe("is let in:", () => {
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

describe("is refused:", () => {
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

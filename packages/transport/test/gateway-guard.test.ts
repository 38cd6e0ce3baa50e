import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { BindAddress } from "@esme/http";
import { describe, expect, test } from "vitest";
import { Secret } from "../src/config/values/secret.ts";
import { guardOf } from "../src/http/gateway-guard.ts";

/** The status that a request with these headers is refused with; undefined: it may pass. */
function refusal(bind: BindAddress, token: string, headers: Record<string, string>) {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  return guardOf(bind, new Secret(token))(request)?.status;
}

const loopback = { host: "127.0.0.1", port: 8000 };
const open = { host: "0.0.0.0", port: 8000 };

describe("with a token", () => {
  test.each([
    [{ authorization: "Bearer s3cret" }, undefined],
    [{ authorization: "Bearer s3cret", host: "gateway.example" }, undefined],
    [{ authorization: "Bearer s3cre" }, 401],
    [{ authorization: "Bearer s3cret2" }, 401],
    [{ authorization: "s3cret" }, 401],
    [{ authorization: "" }, 401],
    [{}, 401],
  ])("%j: %s", (headers, status) => {
    for (const bind of [loopback, open, { path: "/run/x" }]) {
      expect(refusal(bind, "s3cret", headers)).toBe(status);
    }
  });
});

describe("without a token", () => {
  test.each(["127.0.0.1:8000", "localhost:8000", "localhost", "[::1]:8000"])(
    "%s is this machine",
    (host) => {
      expect(refusal(loopback, "", { host })).toBeUndefined();
    },
  );

  test.each([
    "evil.example",
    "evil.example:8000",
    "10.0.0.1",
    "",
    "127.0.0.1.evil.example",
    "[::1",
  ])("a page that is called %j may lead here and is refused", (host) => {
    expect(refusal(loopback, "", { host })).toBe(403);
  });

  test("a socket file's own permissions do", () => {
    expect(refusal({ path: "/run/worker.sock" }, "", { host: "any" })).toBeUndefined();
  });

  test("an open address is for nobody", () => {
    expect(refusal(open, "", { host: "localhost" })).toBe(403);
  });
});

import { expect, test } from "vitest";
import { isLocal, isLoopback, listenError, parseBindAddress } from "../src/index.ts";

test.each([
  ["127.0.0.1:8000", { host: "127.0.0.1", port: 8000 }],
  ["[::1]:8000", { host: "::1", port: 8000 }],
  ["unix:/run/worker.sock", { path: "/run/worker.sock" }],
  ["8000", undefined],
  ["host:70000", undefined],
])("%s is where to listen", (bind, place) => {
  expect(parseBindAddress(bind)).toEqual(place);
});

test.each([
  ["127.0.0.1", true],
  ["127.255.0.9", true],
  ["::1", true],
  ["localhost", true],
  ["LOCALHOST", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["128.0.0.1", false],
  ["localhost.example", false],
  ["", false],
])("whether %s is this machine alone: %s", (host, is) => {
  expect(isLoopback(host)).toBe(is);
  expect(isLocal({ host, port: 1 })).toBe(is);
});

test("a socket file is this machine alone", () => {
  expect(isLocal({ path: "/run/worker.sock" })).toBe(true);
});

test.each([
  ["8775", { host: "127.0.0.1", port: 8775 }],
  ["[::1]:0", { host: "::1", port: 0 }],
  ["", undefined],
  ["70000", undefined],
  ["127.0.0.1:", undefined],
  ["::1:8775", undefined],
])("with a usual host %j is where to listen", (text, place) => {
  expect(parseBindAddress(text, "127.0.0.1")).toEqual(place);
});

test("an address that cannot be listened on is told in words, with the system's code", () => {
  const cause = Object.assign(new Error("listen EADDRINUSE"), { code: "EADDRINUSE" });
  const error = listenError("http_bind", "127.0.0.1:1", cause);
  expect(error).toMatchObject({ code: "EADDRINUSE", cause });
  expect(error.message).toBe(
    "http_bind: cannot listen on 127.0.0.1:1: something else listens there (EADDRINUSE)",
  );
});

import { expect, test } from "vitest";
import { isLocal, isLoopback, parseBind } from "../src/config/values/http-bind.ts";

test.each([
  ["127.0.0.1:8000", { host: "127.0.0.1", port: 8000 }],
  ["[::1]:8000", { host: "::1", port: 8000 }],
  ["unix:/run/worker.sock", { path: "/run/worker.sock" }],
  ["8000", undefined],
  ["host:70000", undefined],
])("%s is where to listen", (bind, place) => {
  expect(parseBind(bind)).toEqual(place);
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

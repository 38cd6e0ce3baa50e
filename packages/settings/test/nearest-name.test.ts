import { expect, test } from "vitest";
import { nearestName } from "../src/nearest-name.ts";

const options = ["host", "port", "window", "requestTimeout", "bindTimeout", "maxPerSecond", "to"];
const keys = ["system_id", "password", "amqp_url", "multipart_handling", "short_message"];

test.each([
  ["the word itself", "window", options, "window"],
  ["a missing letter", "windw", options, "window"],
  ["an extra letter", "windoww", options, "window"],
  ["a wrong letter", "windaw", options, "window"],
  ["swapped letters", "hots", options, "host"],
  ["swapped letters at the beginning", "opr t", options, "port"],
  ["another case", "WINDOW", options, "window"],
  ["underscores for camel case", "request_timeout", options, "requestTimeout"],
  ["dashes for camel case", "max-per-second", options, "maxPerSecond"],
  ["camel case for underscores", "systemId", keys, "system_id"],
  ["dashes for underscores", "amqp-url", keys, "amqp_url"],
  ["two mistakes in a long name", "reqestTimeuot", options, "requestTimeout"],
  ["a missing letter and underscores", "bind_timout", options, "bindTimeout"],
  ["the beginning of a name", "multipart", keys, "multipart_handling"],
  ["a name with something behind it", "hostname", options, "host"],
  ["the nearest of two that are near", "bindTimeouts", options, "bindTimeout"],
  ["one of two letters", "too", options, "to"],
  ["nothing near", "colour", options, undefined],
  ["a short word that shares nothing", "xy", options, undefined],
  ["a letter", "x", ["a", "b"], undefined],
  ["the empty word", "", options, undefined],
  ["no names", "window", [], undefined],
  ["an object's own keys", "constructor", options, undefined],
])("%s", (_, word, names, nearest) => {
  expect(nearestName(word, names)).toBe(nearest);
});

test("takes any iterable of names", () => {
  expect(nearestName("windw", new Set(options))).toBe("window");
  expect(nearestName("windw", new Map([["window", 1]]).keys())).toBe("window");
});

test("a huge word is near nothing, and its letters are not looked at", () => {
  const looked: string[] = [];
  const names = {
    *[Symbol.iterator]() {
      looked.push("names");
      yield "window";
    },
  };
  expect(nearestName("window".repeat(1_000_000), names)).toBeUndefined();
  expect(looked).toEqual([]);
  expect(nearestName("window", ["window".repeat(1_000_000), "windows"])).toBe("windows");
});

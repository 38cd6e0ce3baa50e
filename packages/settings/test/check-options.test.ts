// What is given as options and is none is refused, with words that help and without the value.
import { expect, test } from "vitest";
import { checkOptions, numberWithin, type OptionTable, oneOf } from "../src/index.ts";

const table = {
  host: "string",
  port: numberWithin({ least: 1, most: 65_535 }),
  tls: ["boolean", "object"],
  names: "array",
  mode: oneOf("fast", "slow"),
  onError: "function",
  timeout: numberWithin({ least: 0, unit: "milliseconds" }),
} as const satisfies OptionTable<{
  host: string;
  port?: number;
  tls?: boolean | object;
  names?: string[];
  mode?: "fast" | "slow";
  onError?: () => void;
  timeout?: number;
}>;

const all = "host, port, tls, names, mode, onError, timeout";

test.each<[unknown, string]>([
  [{ hots: "secret" }, "Server: unknown option hots (string), did you mean host?"],
  [{ on_error: null }, "Server: unknown option on_error (null), did you mean onError?"],
  [{ Port: 1 }, "Server: unknown option Port (number), did you mean port?"],
  [{ colour: undefined }, `Server: unknown option colour (undefined), expected ${all}`],
  [JSON.parse('{"__proto__":1}'), `Server: unknown option __proto__ (number), expected ${all}`],
  [{ constructor: 1 }, `Server: unknown option constructor (number), expected ${all}`],
  [{ host: 1 }, "Server: host: expected a string, got a number"],
  [{ host: null }, "Server: host: expected a string, got null"],
  [{ port: "secret" }, "Server: port: expected a number from 1 to 65535, got a string"],
  [{ tls: "secret" }, "Server: tls: expected a boolean or an object, got a string"],
  [{ tls: [] }, "Server: tls: expected a boolean or an object, got an array"],
  [{ names: {} }, "Server: names: expected an array, got an object"],
  [{ mode: "secret" }, "Server: mode: expected fast or slow, got another word"],
  [{ mode: "fats" }, "Server: mode: expected fast or slow, got another word, did you mean fast?"],
  [{ mode: 1 }, "Server: mode: expected fast or slow, got a number"],
  [{ onError: {} }, "Server: onError: expected a function, got an object"],
  [{}, "Server: host: missing, expected a string"],
  ["secret", "Server: expected an object of options, got a string"],
  [2775, "Server: expected an object of options, got a number"],
  [undefined, "Server: expected an object of options, got undefined"],
  [null, "Server: expected an object of options, got null"],
  [["secret"], "Server: expected an object of options, got an array"],
])("%j is refused", (options, message) => {
  const check = () => checkOptions("Server", options, table, { required: ["host"] });
  expect(check).toThrow(new TypeError(message));
  expect(check).not.toThrow(/secret/);
});

test.each<[object, string]>([
  [{ port: 0 }, "Server: port: expected a number from 1 to 65535, got 0"],
  [{ port: 65_536 }, "Server: port: expected a number from 1 to 65535, got 65536"],
  [{ port: Number.NaN }, "Server: port: expected a number from 1 to 65535, got NaN"],
  [{ timeout: -1 }, "Server: timeout: expected milliseconds, a number of at least 0, got -1"],
])("%j is out of range", (options, message) => {
  expect(() => checkOptions("Server", options, table)).toThrow(new RangeError(message));
});

test("what fits is taken, absent and undefined options too", () => {
  checkOptions("Server", {}, table);
  checkOptions("Server", { host: undefined, tls: true }, table, {});
  checkOptions("Server", { host: "a", port: 65_535, tls: {}, names: [], mode: "slow" }, table);
  checkOptions("Server", Object.assign(Object.create(null), { onError: () => {} }), table);
});

test("options that are inherited are checked as well", () => {
  const check = (options: object) => () => checkOptions("Server", Object.create(options), table);
  expect(check({ port: "1" })).toThrow(/port: expected a number from 1 to 65535, got a string/);
  expect(check({ port: 1 })).not.toThrow();
});

test("an option name of 60,000 characters is shortened", () => {
  expect(() => checkOptions("Server", { ["a".repeat(60_000)]: 1 }, table)).toThrow(
    /^Server: unknown option a{100}\.\.\. \(60,000 characters\) \(number\), expected host/,
  );
});

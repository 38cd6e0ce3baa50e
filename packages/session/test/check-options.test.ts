// What is given as options and is none is refused, with words that help and without the value.
import { expect, test } from "vitest";
import { checkOptions, type OptionTable, RequestQueue, Session } from "../src/index.ts";
import { bound, connect } from "./connect.ts";
import { duplexPair } from "./scripted-peer.ts";

/** What a program without types could hand over. */
const untyped = (options: unknown) => options as never;

const table = {
  host: "string",
  port: { type: "number", least: 1, most: 65_535 },
  tls: ["boolean", "object"],
  names: "array",
  mode: { oneOf: ["fast", "slow"] },
  onError: "function",
  timeout: { type: "number", least: 0, unit: "milliseconds" },
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
  [{ host: 1 }, "Server: host is a number, expected a string"],
  [{ host: null }, "Server: host is null, expected a string"],
  [{ port: "secret" }, "Server: port is a string, expected a number from 1 to 65535"],
  [{ tls: "secret" }, "Server: tls is a string, expected a boolean or an object"],
  [{ tls: [] }, "Server: tls is an array, expected a boolean or an object"],
  [{ names: {} }, "Server: names is an object, expected an array"],
  [{ mode: "secret" }, "Server: mode is another word, expected fast or slow"],
  [{ mode: "fats" }, "Server: mode is another word, expected fast or slow, did you mean fast?"],
  [{ mode: 1 }, "Server: mode is a number, expected fast or slow"],
  [{ onError: {} }, "Server: onError is an object, expected a function"],
  [{}, "Server: host is missing, expected a string"],
  ["secret", "Server: the options are a string, expected an object"],
  [2775, "Server: the options are a number, expected an object"],
  [undefined, "Server: the options are undefined, expected an object"],
  [null, "Server: the options are null, expected an object"],
  [["secret"], "Server: the options are an array, expected an object"],
])("%j is refused", (options, message) => {
  const check = () => checkOptions("Server", options, table, { required: ["host"] });
  expect(check).toThrow(new TypeError(message));
  expect(check).not.toThrow(/secret/);
});

test.each<[object, string]>([
  [{ port: 0 }, "Server: port is 0, expected a number from 1 to 65535"],
  [{ port: 65_536 }, "Server: port is 65536, expected a number from 1 to 65535"],
  [{ port: Number.NaN }, "Server: port is NaN, expected a number from 1 to 65535"],
  [{ timeout: -1 }, "Server: timeout is -1, expected milliseconds, a number of at least 0"],
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
  expect(check({ port: "1" })).toThrow(/port is a string/);
  expect(check({ port: 1 })).not.toThrow();
});

test("an option name of 60,000 characters is shortened", () => {
  expect(() => checkOptions("Server", { ["a".repeat(60_000)]: 1 }, table)).toThrow(
    /^.{0,130}\.\.\. \(number\), expected host/,
  );
});

test.each<[unknown, string]>([
  [{ role: "esme", windw: 3 }, "Session: unknown option windw (number), did you mean window?"],
  [{ role: "esme", window: "3" }, "Session: window is a string, expected a number of at least 1"],
  [{ role: "esme", throttle_pause: 3 }, "Session: unknown option throttle_pause (number), did you"],
  [{ role: "esme", enquireLinkAlways: "no" }, "Session: enquireLinkAlways is a string"],
  [{ role: "esme", unhandled: "acept" }, "expected refuse or accept, did you mean accept?"],
  [{ role: "esme", logPdus: true }, "Session: logPdus is a boolean, expected none or fields or"],
  [{ role: "esme", callbacks: () => 0 }, "Session: callbacks is a function, expected an object"],
  [{ role: "client" }, "Session: role is another word, expected esme or smsc"],
  [{}, "Session: role is missing, expected esme or smsc"],
  ["esme", "Session: the options are a string, expected an object"],
  [
    { role: "esme", callbacks: { deliver_sn: () => 0 } },
    "callbacks: unknown callback deliver_sn (function), did you mean deliver_sm?",
  ],
  [
    { role: "esme", callbacks: { allCommands: () => 0 } },
    "callbacks: unknown callback allCommands (function), did you mean all_commands?",
  ],
  [
    { role: "esme", callbacks: { deliver_sm: 0 } },
    "callbacks: deliver_sm is a number, expected a function",
  ],
  [
    { role: "esme", throttleStatuses: ["ESME_RTHROTTLED"] },
    "throttleStatuses[0] is a string, expected a number such as Status.ESME_RTHROTTLED",
  ],
])("a session with %o is refused", (options, message) => {
  const make = () => new Session(duplexPair()[0], untyped(options));
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});

test("a session that is refused leaves its stream alone", () => {
  const [stream] = duplexPair();
  const events = stream.eventNames().length;
  expect(() => new Session(stream, untyped({ role: "esme", windw: 3 }))).toThrow(TypeError);
  expect(stream.eventNames()).toHaveLength(events);
});

test("setCallbacks refuses a misspelt name, and the callbacks before stay", () => {
  const [session] = connect();
  const set = () => session.setCallbacks(untyped({ deliver_sn: () => 0 }));
  expect(set).toThrow("unknown callback deliver_sn (function), did you mean deliver_sm?");
});

test.each<[unknown, string]>([
  [{ window: 3 }, "RequestQueue: unknown option window (number)"],
  [
    { maxPerSecnd: 3 },
    "RequestQueue: unknown option maxPerSecnd (number), did you mean maxPerSecond?",
  ],
  [
    { maxPerSecond: "3" },
    "RequestQueue: maxPerSecond is a string, expected a number of at least 0.001",
  ],
  ["fast", "RequestQueue: the options are a string, expected an object"],
])("a queue with %o is refused", (options, message) => {
  expect(() => new RequestQueue(untyped(options))).toThrow(
    new RegExp(`^${message.replace(/[()?]/g, "\\$&")}`),
  );
});

test.each<[unknown, string]>([
  [{ timout: 5 }, "query_sm: unknown option timout (number), did you mean timeout?"],
  [{ timeout: "5" }, "query_sm: timeout is a string, expected milliseconds, a number from 0 to"],
  [{ signal: 5 }, "query_sm: signal is a number, expected an object"],
  [5, "query_sm: the options are a number, expected an object"],
])("a request with the options %o is refused", async (options, message) => {
  const [session, peer] = await bound();
  const refused = session.request({ command: "query_sm" }, untyped(options));
  await expect(refused).rejects.toBeInstanceOf(TypeError);
  await expect(refused).rejects.toThrow(message);
  expect(peer.unread).toBe(0);
});

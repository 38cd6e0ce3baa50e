// What is given as options and is none is refused, with words that help and without the value.
import { expect, test } from "vitest";
import { RequestQueue, Session } from "../src/index.ts";
import { bound, connect } from "./connect.ts";
import { duplexPair } from "./scripted-peer.ts";

/** What a program without types could hand over. */
const untyped = (options: unknown) => options as never;

test.each<[unknown, string]>([
  [{ role: "esme", windw: 3 }, "Session: unknown option windw (number), did you mean window?"],
  [{ role: "esme", window: "3" }, "Session: window: expected a number of at least 1, got a string"],
  [{ role: "esme", throttle_pause: 3 }, "Session: unknown option throttle_pause (number), did you"],
  [
    { role: "esme", enquireLinkAlways: "no" },
    "Session: enquireLinkAlways: expected a boolean, got a string",
  ],
  [
    { role: "esme", unhandled: "acept" },
    "expected refuse or accept, got another word, did you mean accept?",
  ],
  [
    { role: "esme", logPdus: true },
    "Session: logPdus: expected none or fields or content, got a boolean",
  ],
  [{ role: "esme", callbacks: () => 0 }, "Session: callbacks: expected an object, got a function"],
  [{ role: "client" }, "Session: role: expected esme or smsc, got another word"],
  [{}, "Session: role: missing, expected esme or smsc"],
  ["esme", "Session: expected an object of options, got a string"],
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
    "callbacks: deliver_sm: expected a function, got a number",
  ],
  [
    { role: "esme", throttleStatuses: ["ESME_RTHROTTLED"] },
    "throttleStatuses[0]: expected a number such as Status.ESME_RTHROTTLED, got a string",
  ],
])("a session with %o is refused", (options, message) => {
  const make = () => new Session(duplexPair()[0], untyped(options));
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});

test.each([{ windw: 3 }, { callbacks: { deliver_sn: () => 0 } }, { firstSequenceNumber: -1 }])(
  "a session that is refused for %o leaves its stream alone",
  (options) => {
    const [stream] = duplexPair();
    const events = stream.eventNames().length;
    expect(() => new Session(stream, untyped({ role: "esme", ...options }))).toThrow();
    expect(stream.eventNames()).toHaveLength(events);
  },
);

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
    "RequestQueue: maxPerSecond: expected a number of at least 0.001, got a string",
  ],
  ["fast", "RequestQueue: expected an object of options, got a string"],
])("a queue with %o is refused", (options, message) => {
  expect(() => new RequestQueue(untyped(options))).toThrow(
    new RegExp(`^${message.replace(/[()?]/g, "\\$&")}`),
  );
});

test.each<[unknown, string]>([
  [{ timout: 5 }, "query_sm: unknown option timout (number), did you mean timeout?"],
  [
    { timeout: "5" },
    "query_sm: timeout: expected milliseconds, a number from 0 to 2147483647, got a string",
  ],
  [{ signal: 5 }, "query_sm: signal: expected an object, got a number"],
  [5, "query_sm: expected an object of options, got a number"],
])("a request with the options %o is refused", async (options, message) => {
  const [session, peer] = await bound();
  const refused = session.request({ command: "query_sm" }, untyped(options));
  await expect(refused).rejects.toBeInstanceOf(TypeError);
  await expect(refused).rejects.toThrow(message);
  expect(peer.unread).toBe(0);
});

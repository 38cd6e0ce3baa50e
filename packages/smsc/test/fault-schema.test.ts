import { describe, expect, test } from "vitest";
import type { Behaviour } from "../src/faults/behaviours.ts";
import { faultNames, parseFault } from "../src/faults/fault-schema.ts";
import { InputError } from "../src/input/input.ts";

describe("parseFault", () => {
  test.each<[unknown, Behaviour]>([
    [{ fault: "ignore" }, { fault: "ignore" }],
    [
      { fault: "refuse", status: "ESME_RSYSERR" },
      { fault: "refuse", status: 8 },
    ],
    [
      { fault: "refuse", status: "0x400", on: ["submit_sm", "data_sm"], every: 2 },
      { fault: "refuse", status: 0x400, on: ["submit_sm", "data_sm"], every: 2 },
    ],
    [
      { fault: "delay", ms: [10, 80], jitter: 5, ordered: true, on: "any", rate: 0.5 },
      { fault: "delay", ms: [10, 80], jitter: 5, ordered: true, on: "any", rate: 0.5 },
    ],
    [
      { fault: "throttle", per_second: 10, for: 30 },
      { fault: "throttle", perSecond: 10, for: 30_000 },
    ],
    [
      { fault: "queue_full", places: 5, per_second: 1, for: "1.5s" },
      { fault: "queue_full", places: 5, perSecond: 1, for: 1_500 },
    ],
    [
      { fault: "random_status", statuses: { ESME_ROK: 8, ESME_RSYSERR: 1, "0x58": 1 } },
      {
        fault: "random_status",
        statuses: [
          [0, 8],
          [8, 1],
          [0x58, 1],
        ],
      },
    ],
    [
      { fault: "malformed", kind: "truncated", where: { destination_addr: "27*", esm_class: 4 } },
      { fault: "malformed", kind: "truncated", where: { destination_addr: "27*", esm_class: 4 } },
    ],
    [
      { fault: "bad_length", length: 15, skip: 1, times: 1 },
      { fault: "bad_length", length: 15, skip: 1, times: 1 },
    ],
    [
      { fault: "slow_reading", octets_per_second: 100, system_id: "esme", for: "2m" },
      { fault: "slow_reading", octetsPerSecond: 100, system_id: "esme", for: 120_000 },
    ],
    [
      { fault: "segments", system_id: 4711 },
      { fault: "segments", system_id: "4711" },
    ],
  ])("%j", (given, expected) => {
    expect(parseFault(given)).toEqual(expected);
  });

  test.each([
    [7, "it: expected a mapping with the key fault, got 7"],
    [
      { fault: "explode" },
      /^fault: expected one of throttle, queue_full, .*segments, got "explode"$/,
    ],
    [{ fault: "delay" }, "ms: missing, expected milliseconds, or two of them: [from, to]"],
    [
      { fault: "refuse", status: "ESME_OOPS" },
      'status: expected a command_status by name or as a number from 0 to 4294967295, got "ESME_OOPS"',
    ],
    [{ fault: "ignore", rate: 2 }, "rate: expected a number from 0 to 1, got 2"],
    [{ fault: "ignore", evry: 2 }, 'there is no key "evry", did you mean every?'],
    [
      { fault: "ignore", where: { destination: "1" } },
      'where.destination: expected the name of a field or TLV, as in the standard, got "1"',
    ],
    [{ fault: "ignore", on: "submit_sm_resp" }, /^on: expected a request, .*got "submit_sm_resp"$/],
    [
      { fault: "ignore", for: "soon" },
      'for: expected seconds, or text like 250ms, 1.5s, 2m; from 0 to 24 days, got "soon"',
    ],
    [
      { fault: "random_status", statuses: { ESME_RSYSERR: 0 } },
      "statuses: expected one weight above 0, got a mapping",
    ],
    [
      { fault: "segments", octets: 0, on: "any" },
      'octets: expected an integer from 1, got 0\nthere is no key "on", keys are fault, octets, system_id, for',
    ],
  ])("%j is refused with what is wanted", (given, message) => {
    expect(() => parseFault(given)).toThrow(InputError);
    expect(() => parseFault(given)).toThrow(message);
  });

  test("names of Object's own are no faults", () => {
    expect(() => parseFault({ fault: "constructor" })).toThrow(/expected one of/);
    expect(faultNames).toContain("segments");
  });

  test.each([
    ['{"__proto__":1,"fault":"ignore"}', ""],
    ['{"fault":"ignore","where":{"__proto__":{"esm_class":4}}}', "where: "],
    ['{"fault":"ignore","where":{"__proto__":"2782*"}}', "where: "],
    ['{"fault":"random_status","statuses":{"ESME_RSYSERR":1,"__proto__":1}}', "statuses: "],
    ['{"fault":"delay","ms":[1,{"__proto__":2}]}', "ms[1]: "],
  ])("a key that would set a prototype is refused: %s", (json, place) => {
    const message = `${place}there is no key "__proto__", choose another`;
    expect(() => parseFault(JSON.parse(json))).toThrow(message);
  });
});

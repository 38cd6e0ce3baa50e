import { decode, encode, type Pdu, type RequestName, Status } from "@esme/pdu";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Behaviour, Behaviours } from "../src/faults/behaviours.ts";
import type { Fault } from "../src/faults/faults.ts";
import type { Action } from "../src/wire/script.ts";

const request = (command: RequestName = "submit_sm", sequence_number = 1): Pdu =>
  decode(encode({ command, sequence_number }));

const rethrow = (error: unknown): never => {
  throw error;
};

/** Which of so many requests, counted from 1, a behaviour has actions for. */
function hits(behaviour: Behaviour, requests: number, seed = 1): number[] {
  const behaviours = new Behaviours(seed, rethrow);
  behaviours.add(behaviour, 0);
  const numbers = Array.from({ length: requests }, (_, index) => index + 1);
  return numbers.filter((number) => behaviours.actionsFor(request("submit_sm", number), number));
}

describe("the occasion", () => {
  const fault = "ignore";

  test.each<[string, Behaviour, number[]]>([
    ["every request", { fault }, [1, 2, 3, 4, 5, 6]],
    ["each third", { fault, every: 3 }, [3, 6]],
    ["all after the first four", { fault, skip: 4 }, [5, 6]],
    ["the first two", { fault, times: 2 }, [1, 2]],
    ["one after the first two", { fault, skip: 2, times: 1 }, [3]],
    ["each second, twice", { fault, every: 2, times: 2 }, [2, 4]],
    ["those before a time", { fault, for: 3 }, [1, 2]],
    ["none", { fault, rate: 0 }, []],
    ["those of a predicate", { fault, where: (pdu) => pdu.sequence_number > 4 }, [5, 6]],
    ["those of another command", { fault, on: "enquire_link" }, []],
    ["any command", { fault, on: "any" }, [1, 2, 3, 4, 5, 6]],
    ["a list of commands", { fault, on: ["submit_sm", "unbind"] }, [1, 2, 3, 4, 5, 6]],
    [
      "those a script has actions for",
      { script: (_, { count }) => (count > 5 ? [] : undefined) },
      [6],
    ],
    ["what is above a rate per second", { fault: "throttle", perSecond: 4 }, [5, 6]],
  ])("%s", (_, behaviour, expected) => {
    expect(hits(behaviour, 6)).toEqual(expected);
  });

  test("submissions are meant when no command is named", () => {
    const behaviours = new Behaviours(1, rethrow);
    behaviours.add({ fault }, 0);
    const commands = [
      "submit_sm",
      "submit_multi",
      "data_sm",
      "bind_transceiver",
      "enquire_link",
    ] as const;
    expect(commands.filter((command) => behaviours.actionsFor(request(command), 0))).toEqual([
      "submit_sm",
      "submit_multi",
      "data_sm",
    ]);
  });

  test("a rate draws the same requests for the same seed, others for another", () => {
    const draw = (seed: number) => hits({ fault, rate: 0.3 }, 200, seed);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test("a rate is kept about", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, rate) => {
        const share = hits({ fault, rate }, 2_000, seed).length / 2_000;
        expect(Math.abs(share - rate)).toBeLessThan(0.06);
      }),
      { numRuns: 30 },
    );
  });
});

test("the newest behaviour is asked first; ended ones leave the word to the others", () => {
  const behaviours = new Behaviours(1, rethrow);
  const statusFor = () => {
    const [action] = behaviours.actionsFor(request(), 0) ?? [];
    return action?.do === "answer" ? action.command_status : undefined;
  };
  behaviours.add({ fault: "refuse", status: 1 }, 0);
  const end = behaviours.add({ fault: "refuse", status: 2 }, 0);
  behaviours.add({ fault: "refuse", status: 3, times: 1 }, 0);
  expect([statusFor(), statusFor()]).toEqual([3, 2]);
  end();
  expect(statusFor()).toBe(1);
  behaviours.clear();
  expect(statusFor()).toBeUndefined();
  expect(behaviours.active).toBe(false);
});

describe("the faults", () => {
  const answer = encode({ command: "submit_sm_resp", sequence_number: 9, message_id: "abc" });

  /** The actions, the answer's octets edited and shown as digits. */
  function shown(actions: readonly Action[] = []) {
    return actions.map((action) => {
      if (action.do !== "answer" || action.edit === undefined) return action;
      const { edit, ...rest } = action;
      return { ...rest, octets: Buffer.from(edit(answer)).toString("hex") };
    });
  }

  test.each<[Fault, object[]]>([
    [{ fault: "delay", ms: 20 }, [{ do: "answer", after: 20 }]],
    [{ fault: "reorder" }, [{ do: "answer", after: 50 }]],
    [{ fault: "refuse", status: 8 }, [{ do: "answer", command_status: 8 }]],
    [
      { fault: "throttle", perSecond: 0 },
      [{ do: "answer", command_status: Status.ESME_RTHROTTLED }],
    ],
    [
      { fault: "throttle", perSecond: 0, status: Status.ESME_RMSGQFUL },
      [{ do: "answer", command_status: Status.ESME_RMSGQFUL }],
    ],
    [{ fault: "ignore" }, []],
    [{ fault: "lose_answer" }, [{ do: "answer", octets: "" }]],
    [{ fault: "duplicate" }, [{ do: "answer" }, { do: "answer" }]],
    [
      { fault: "wrong_sequence" },
      [{ do: "answer", octets: "0000001480000004000000004000000961626300" }],
    ],
    [
      { fault: "malformed" },
      [{ do: "answer", octets: "0000001880000004000000000000000961626300001e00ff" }],
    ],
    [
      { fault: "bad_length" },
      [{ do: "answer", octets: "7fffffff80000004000000000000000961626300" }],
    ],
    [
      { fault: "malformed", kind: "truncated" },
      [{ do: "answer", octets: "000000128000000400000000000000096162" }],
    ],
    [
      { fault: "malformed", kind: "overlong_string" },
      [{ do: "answer", octets: `000000d9800000040000000000000009${"61".repeat(200)}00` }],
    ],
    [
      { fault: "malformed", kind: "trailing_octets" },
      [{ do: "answer", octets: "0000001780000004000000000000000961626300ffffff" }],
    ],
    [
      { fault: "malformed", kind: "empty_body" },
      [{ do: "answer", octets: "00000010800000040000000000000009" }],
    ],
    [
      { fault: "malformed", kind: "wrong_command" },
      [{ do: "answer", octets: "0000001480000003000000000000000961626300" }],
    ],
    [
      { fault: "malformed", kind: "unknown_command" },
      [{ do: "answer", octets: "0000001480abcdef000000000000000961626300" }],
    ],
    [
      { fault: "bad_length", length: 15 },
      [{ do: "answer", octets: "0000000f80000004000000000000000961626300" }],
    ],
    [{ fault: "queue_full", places: 0, perSecond: 1 }, [{ do: "answer", command_status: 0x14 }]],
    [
      { fault: "random_status", statuses: [[Status.ESME_RSYSERR, 1]] },
      [{ do: "answer", command_status: Status.ESME_RSYSERR }],
    ],
    [{ fault: "cut" }, [{ do: "answer", octets: "00000014800000040000" }, { do: "close" }]],
    [{ fault: "close" }, [{ do: "close" }]],
    [{ fault: "unbind" }, [{ do: "answer" }, { do: "unbind" }]],
    [{ fault: "silence" }, [{ do: "silence" }]],
  ])("%o", (fault, actions) => {
    const behaviours = new Behaviours(1, rethrow);
    behaviours.add(fault, 0);
    expect(shown(behaviours.actionsFor(request(), 0))).toEqual(actions);
  });

  test("a delay with a range stays within it, repeatably", () => {
    const delays = (seed: number) => {
      const behaviours = new Behaviours(seed, rethrow);
      behaviours.add({ fault: "delay", ms: [10, 30] }, 0);
      return Array.from({ length: 50 }, () => behaviours.actionsFor(request(), 0)?.[0]?.after ?? 0);
    };
    expect(Math.min(...delays(1))).toBeGreaterThanOrEqual(10);
    expect(Math.max(...delays(1))).toBeLessThan(30);
    expect(delays(1)).toEqual(delays(1));
  });

  test("throttling lets so many through in each second", () => {
    const behaviours = new Behaviours(1, rethrow);
    behaviours.add({ fault: "throttle", perSecond: 2 }, 0);
    const times = [0, 1, 2, 999, 1000, 1001, 1002];
    expect(times.map((now) => behaviours.actionsFor(request(), now) === undefined)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  test("an ordered delay lets no answer overtake another", () => {
    const behaviours = new Behaviours(1, rethrow);
    behaviours.add({ fault: "delay", ms: 50, jitter: 50, ordered: true }, 0);
    const due = Array.from({ length: 100 }, (_, now) => {
      return now + (behaviours.actionsFor(request(), now)?.[0]?.after ?? 0);
    });
    expect(due).toEqual([...due].sort((one, other) => one - other));
    expect(new Set(due).size).toBeGreaterThan(10);
  });

  test("jitter stays within its bounds, on both sides", () => {
    const behaviours = new Behaviours(1, rethrow);
    behaviours.add({ fault: "delay", ms: 20, jitter: 5 }, 0);
    const delays = Array.from(
      { length: 200 },
      () => behaviours.actionsFor(request(), 0)?.[0]?.after ?? 0,
    );
    expect(Math.min(...delays)).toBeLessThan(17);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...delays)).toBeGreaterThan(23);
    expect(Math.max(...delays)).toBeLessThan(25);
  });

  test("a full queue takes again what it has been emptied of", () => {
    const behaviours = new Behaviours(1, rethrow);
    behaviours.add({ fault: "queue_full", places: 2, perSecond: 10 }, 0);
    const times = [0, 1, 2, 3, 101, 102, 400, 401, 402];
    expect(times.map((now) => behaviours.actionsFor(request(), now) === undefined)).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test("random statuses are those of the list, repeatably, and let some through", () => {
    const draw = (seed: number) => {
      const behaviours = new Behaviours(seed, rethrow);
      behaviours.add(
        {
          fault: "random_status",
          statuses: [
            [0, 1],
            [8, 1],
            [0x58, 2],
          ],
        },
        0,
      );
      return Array.from({ length: 60 }, () => {
        const [action] = behaviours.actionsFor(request(), 0) ?? [];
        return action?.do === "answer" ? action.command_status : undefined;
      });
    };
    expect(new Set(draw(1))).toEqual(new Set([undefined, 8, 0x58]));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("garbage has the length it says", () => {
    const behaviours = new Behaviours(1, rethrow);
    behaviours.add({ fault: "malformed", kind: "garbage" }, 0);
    const [first] = shown(behaviours.actionsFor(request(), 0));
    expect(first).toMatchObject({
      octets: expect.stringMatching(/^00000014800000040000000000000009[\da-f]{8}$/),
    });
  });

  test("an unknown kind of malformation is refused by name", () => {
    const behaviour = JSON.parse('{"fault":"malformed","kind":"toString"}');
    expect(() => new Behaviours(1, rethrow).add(behaviour, 0)).toThrow(
      /no kind "toString", expected one of/,
    );
  });

  // As it may come from a file, or from a program without types.
  test.each<[string, RegExp]>([
    ['{"fault":"explode"}', /^unknown fault "explode", expected throttle, queue_full, .*segments$/],
    ['{"fault":"thrrotle"}', /^unknown fault "thrrotle", did you mean throttle\?$/],
    ['{"fault":7}', /^unknown fault number, expected/],
    [
      '{"fault":"refuse","status":8,"evry":2}',
      /^refuse: unknown key "evry", did you mean every\?$/,
    ],
    ['{"fault":"refuse"}', /^refuse: status is missing: command_status of the refusal$/],
    ['{"fault":"segments","on":"any"}', /^segments: unknown key "on", expected fault, octets, /],
  ])("%s is refused", (json, message) => {
    const behaviour = JSON.parse(json);
    expect(() => new Behaviours(1, rethrow).add(behaviour, 0)).toThrow(message);
  });
});

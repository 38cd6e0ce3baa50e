import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { playScenario, readScenario, ScenarioError, Smsc, type SmscOptions } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

/** What a file makes, played. */
async function played(yaml: string, options: SmscOptions = {}) {
  const scenario = readScenario(yaml);
  const smsc = new Smsc({ ...scenario.options, port: 0, ...options });
  open.push(smsc);
  const errors: unknown[] = [];
  await smsc.listen();
  const stop = playScenario(smsc, scenario, { onError: (error) => errors.push(error) });
  return { smsc, stop, errors };
}

async function bound(smsc: Smsc, system_id = "esme") {
  const esme = await RawEsme.dial(smsc);
  await esme.bind("bind_transceiver", system_id);
  return esme;
}

describe("readScenario", () => {
  test("the example says everything that it says", () => {
    const file = new URL("../examples/scenario.yaml", import.meta.url);
    const { options, faults, steps } = readScenario(readFileSync(file, "utf8"));
    const { outcome, ...plain } = options;
    expect(outcome).toBeTypeOf("function");
    expect(plain).toEqual({
      seed: 7,
      system_id: "TESTSMSC",
      receiptDelay: [500, 3000],
      receipts: {
        responseId: { form: "hex" },
        receiptId: { form: "decimal", digits: 10 },
        labels: { text: "Text" },
      },
      accounts: [
        { system_id: "esme", password: "secret", maxSessions: 2 },
        { system_id: "other", password: "secret", receipts: { where: "tlvs", esm_class: 0 } },
      ],
    });
    expect(faults).toEqual([
      { fault: "throttle", perSecond: 50 },
      { fault: "delay", ms: 30, jitter: 20, ordered: true },
      { fault: "refuse", status: 11, where: { destination_addr: "0*" } },
    ]);
    expect(steps).toHaveLength(5);
    expect(steps[0]).toEqual({
      since: "bound",
      at: 0,
      every: 2000,
      times: 5,
      action: {
        do: "deliver",
        text: { from: "27820001001", to: "4711", text: "How are you?" },
      },
    });
  });

  test("nothing is a scenario", () => {
    expect(readScenario("")).toEqual({ options: {}, faults: [], steps: [] });
  });

  test.each([
    ["from: 0820001001", "0820001001"],
    ["from: +27820001001", "+27820001001"],
    ["from: 27820001001", "27820001001"],
    ["from: 99999999999999999999", "99999999999999999999"],
    ["from: '007'", "007"],
  ])("a number stays as it is written: %s", (line, from) => {
    const { steps } = readScenario(`steps: [ { deliver: { ${line}, to: 1, text: 2 } } ]`);
    expect(steps[0]?.action).toEqual({ do: "deliver", text: { from, to: "1", text: "2" } });
  });

  test.each([
    ["seed: -1", "s.yaml, line 1: seed: expected an integer from 0 to 4294967295, got -1"],
    ["seed: 1\nsed: 2", /^s.yaml, line 2: there is no key "sed", did you mean seed\?$/],
    [
      "faults:\n  - fault: ignore\n  - fault: refuse\n    status: OOPS",
      /^s.yaml, line 4: faults\[1\].status: expected a command_status by name .*, got "OOPS"$/,
    ],
    ["steps:\n  - at: 5s", /^s.yaml, line 2: steps\[0\]: expected exactly one of deliver, fault, /],
    ["steps:\n  - close: a\n    unbind: b", /line 2: steps\[0\]: expected exactly one of/],
    [
      "steps:\n  - close: a\n    times: 2",
      /line 3: steps\[0\].times: expected every beside it, got 2/,
    ],
    ["steps:\n  - write: { hex: abc }", /steps\[0\].write.hex: expected an even number of hexa/],
    ["outcomes: { LOST: 1 }", /line 1: outcomes: expected by_ending, a mapping/],
    ["receipt_delay: soon", /receipt_delay: expected seconds, text like 250ms/],
    ["seed: 1\n  bad: 2", /^s.yaml, line \d, column \d+: /],
    ["- 1", "s.yaml: expected a mapping of keys to values"],
    ["a: &a [*a, *a]", /s.yaml, line 1/],
    [
      "seed: 1\n__proto__: { seed: 2 }",
      's.yaml, line 2: there is no key "__proto__", choose another',
    ],
    [
      "outcomes:\n  DELIVRD: 1\n  __proto__: 3",
      's.yaml, line 3: outcomes: there is no key "__proto__", choose another',
    ],
    ["receipts: { labels: { __proto__: x } }", "receipts.labels: there is no key"],
    ["receipts: { stats: { __proto__: x } }", "receipts.stats: there is no key"],
    [
      "receipts: { stats: { DELIVERED: x } }",
      /^s.yaml, line 1: receipts.stats.DELIVERED: expected/,
    ],
    ["faults: [{ fault: ignore, where: { __proto__: a } }]", "faults[0].where: there is no key"],
    [
      "steps: [{ fault: { fault: ignore, where: { __proto__: a } } }]",
      "steps[0].fault.where: there is no key",
    ],
  ])("%j is refused with its line", (yaml, message) => {
    expect(() => readScenario(yaml, "s.yaml")).toThrow(ScenarioError);
    expect(() => readScenario(yaml, "s.yaml")).toThrow(message);
  });

  test("every mistake is told, a password never", () => {
    const yaml = "accounts:\n  - system_id: esme\n    password: muchtoolong\nwindow: 0\n";
    const told = () => readScenario(yaml, "s.yaml");
    expect(told).toThrow(/line 3: accounts\[0\].password: expected at most 8 ASCII characters/);
    expect(told).toThrow(/line 4: window: expected an integer of at least 1, got 0/);
    expect(told).not.toThrow(/muchtoolong/);
  });
});

test.each([
  "accounts: [{ system_id: esme, password: Hunter2222 }]",
  "accounts: [{ system_id: esme, pasword: Hunter22 }]",
  "accounts: ['esme:Hunter22']",
  "accounts: esme:Hunter22",
  "accounts: { esme: Hunter22 }",
  "accounts: [{ system_id: esme, password: [Hunter22] }]",
  "accounts: [{ system_id: { a: Hunter22 }, password: x }]",
  "accounts: [{ system_id: esme, password: x, max_sessions: Hunter22x }]".replace(
    "Hunter22x",
    "[Hunter22]",
  ),
  "accounts: [{ system_id: esme, password: x, receipts: Hunter22 }]",
  "steps: [{ outbind: { host: a, port: x, password: Hunter22 }, close: a }]",
  "steps: [{ outbind: { host: a, port: 0, password: Hunter22 } }]",
  "steps: [{ outbind: { host: a, port: 1, password: [Hunter22] } }]",
  "steps: [{ outbind: smpp://u:Hunter22@h }]",
  "steps: [{ outbnd: { password: Hunter22 } }]",
  "accounts: [{ system_id: esme, password: *Hunter22 }]",
  "accounts: [{ system_id: esme, password: @Hunter22 }]",
])("what may be a password is never told: %s", (yaml) => {
  const told = () => readScenario(yaml, "s.yaml");
  expect(told).toThrow(/^s.yaml, line 1(?:, column \d+)?: /);
  expect(told).not.toThrow("Hunter22");
});

describe("playScenario", () => {
  test("the first fault of the file is asked first", async () => {
    const { smsc } = await played(
      "faults: [ { fault: refuse, status: 1, times: 1 }, { fault: refuse, status: 2 } ]",
    );
    const esme = await bound(smsc);
    expect((await esme.submit({ destination_addr: "1" })).command_status).toBe(1);
    expect((await esme.submit({ destination_addr: "1" })).command_status).toBe(2);
  });

  test("steps come at their times, so often as they say, and stop", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { smsc, stop } = await played(`
      steps:
        - { at: 1, every: 2s, times: 3, deliver: { from: 1, to: 2, text: tick } }
        - { at: 100, deliver: { from: 1, to: 2, text: never } }`);
    const sent: string[] = [];
    smsc.on("mobile", ({ text, state }) => state === "queued" && sent.push(`${text}`));
    vi.advanceTimersByTime(999);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(2_001);
    await vi.waitFor(() => expect(sent).toEqual(["tick", "tick"]));
    vi.advanceTimersByTime(20_000);
    await vi.waitFor(() => expect(sent).toEqual(["tick", "tick", "tick"]));
    stop();
    vi.advanceTimersByTime(100_000);
    expect(sent).toHaveLength(3);
  });

  test("steps since a bind begin with each bind", async () => {
    const { smsc } = await played(
      "steps: [ { since: bound, deliver: { from: 1, to: 2, text: hello } } ]",
    );
    for (const _ of [1, 2]) {
      const esme = await bound(smsc);
      expect((await esme.takeDelivery()).source_addr).toBe("1");
      await esme.end();
    }
  });

  test("phones, alerts, octets, faults and links", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { smsc } = await played(`
      steps:
        - { at: 1, phone_off: 0820 }
        - { at: 2, phone_on: 0820 }
        - { at: 3, alert: { source_addr: 0820, esme_addr: 4711 } }
        - { at: 4, write: { hex: 00000010 00000015 00000000 00000063, system_id: es* } }
        - { at: 5, fault: { fault: ignore } }
        - { at: 6, behave_well: true }
        - { at: 7, silence: nobody }
        - { at: 8, unbind: esme }
        - { at: 9, close: other }`);
    const [esme, other] = [await bound(smsc), await bound(smsc, "other")];
    const second = () => vi.advanceTimersByTime(1_000);
    second();
    expect(smsc.phone("0820").isOn).toBe(false);
    second();
    expect(smsc.phone("0820").isOn).toBe(true);
    second();
    expect((await esme.read("alert_notification")).esme_addr).toBe("4711");
    second();
    expect((await esme.read("enquire_link")).sequence_number).toBe(99);
    second();
    expect(smsc.behaviours).toHaveLength(1);
    second();
    expect(smsc.behaviours).toEqual([]);
    second();
    second();
    const { sequence_number } = await esme.read("unbind");
    esme.send({ command: "unbind_resp", sequence_number });
    await esme.closed;
    second();
    await other.closed;
  });

  test("a phone dials and types; an outbind that fails is told", async () => {
    const { port } = await new Smsc({ port: 0 }).listen().then(async (smsc) => {
      await smsc.close();
      return smsc;
    });
    const { smsc, errors } = await played(`
      steps:
        - { since: bound, dial: { from: 1, code: "*1#", replies: [yes] } }
        - { outbind: { host: 127.0.0.1, port: ${port} } }`);
    const esme = await bound(smsc);
    const { its_session_info } = await esme.takeDelivery();
    const shown = { destination_addr: "1", its_session_info };
    await esme.submit({ ...shown, ussd_service_op: Uint8Array.of(2) });
    expect(Buffer.from((await esme.takeDelivery()).short_message).toString()).toBe("yes");
    await esme.submit({ ...shown, ussd_service_op: Uint8Array.of(17) });
    await vi.waitFor(() => expect(errors).toMatchObject([{ code: "ECONNREFUSED" }]));
    const gone = once(smsc, "unbound");
    await esme.end();
    await gone;
  });

  test.each([
    ["{ dial: { from: 1, code: '*1#' } }", { code: "ussd_timeout" }],
    ["{ dial: { from: 1, code: '*1#', replies: [1] } }", { code: "ussd_timeout" }],
    ["{ deliver: { from: 1, to: 2, text: a, omit: [1] } }", { name: "RangeError" }],
    ["{ deliver: { from: 1, to: 2, text: abc, parts: 3 } }", { code: "queue_full" }],
    ["{ alert: { source_addr: 123456789012345678901234567890, esme_addr: 1 } }", undefined],
  ])("with nobody bound, %s is an error of that step alone", async (step, error) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { smsc, errors } = await played(
      `{ ussd_timeout: 5s, queue_limit: 2, steps: [${step}, { at: 6s, phone_off: 1 }] }`,
    );
    await vi.advanceTimersByTimeAsync(6_000);
    expect(errors).toMatchObject(error === undefined ? [] : [error]);
    expect(smsc.phone("1").isOn).toBe(false);
  });

  test("an onError that throws ends neither the scenario nor the process", async () => {
    const warned = once(process, "warning");
    const smsc = new Smsc({ port: 0 });
    open.push(smsc);
    const scenario = readScenario(`
      steps:
        - { deliver: { from: 1, to: 2, text: a, omit: [1] } }
        - { at: 10ms, phone_off: 1 }`);
    playScenario(smsc, scenario, {
      onError: () => {
        throw new Error("onError failed");
      },
    });
    expect(await warned).toMatchObject([{ message: "onError failed" }]);
    await vi.waitFor(() => expect(smsc.phone("1").isOn).toBe(false));
  });

  test("what a stopped scenario had begun is no error any more", async () => {
    const { smsc, stop, errors } = await played(
      "steps: [{ deliver: { from: 1, to: 2, text: a } }]",
    );
    await vi.waitFor(() => expect(smsc.pendingDeliveries).toBe(1));
    stop();
    await smsc.close();
    expect(errors).toEqual([]);
  });

  test("message ids may be UUIDs, and the seed repeats them", async () => {
    const draw = async (seed: number) => {
      const { smsc } = await played(`{ seed: ${seed}, message_ids: uuid }`);
      return (await (await bound(smsc)).submit({ destination_addr: "1" })).message_id;
    };
    const first = await draw(1);
    expect(first).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(await draw(1)).toBe(first);
    expect(await draw(2)).not.toBe(first);
  });

  test("outcomes are drawn by the seed of the file", async () => {
    const draw = async (seed: number) => {
      const { smsc } = await played(`{ seed: ${seed}, outcomes: { DELIVRD: 1, ESME_RSYSERR: 1 } }`);
      const esme = await bound(smsc);
      const statuses = [];
      for (let count = 0; count < 20; count++) {
        statuses.push((await esme.submit({ destination_addr: "1" })).command_status);
      }
      return statuses;
    };
    const first = await draw(1);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
  });
});

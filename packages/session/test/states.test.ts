// What a state allows either side, and that a session only ever goes forward.
import { type CommandName, commands, decode, encode } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { Lifecycle, mayIssue, messageCommands, type SessionState } from "../src/lifecycle.ts";

const names = Object.entries(commands).map(([name]) => name as CommandName); // keys of that table
const roles = ["esme", "smsc"] as const;
const bound: readonly SessionState[] = ["BOUND_TX", "BOUND_RX", "BOUND_TRX"];

describe.each(roles)("an %s", (role) => {
  test.each(["UNBOUND", "CLOSED"] as const)("sends nothing in state %s", (state) => {
    expect(names.filter((command) => mayIssue(role, state, command))).toEqual([]);
  });

  test.each(["enquire_link", "enquire_link_resp", "generic_nack", "unbind"] as const)(
    "sends %s before and after the bind",
    (command) => {
      const states: SessionState[] = ["OPEN", ...bound];
      expect(states.filter((state) => mayIssue(role, state, command))).toEqual(states);
    },
  );
});

test("an SMSC sends messages to receivers and transceivers alone, an ESME the other way round", () => {
  const states: SessionState[] = ["OPEN", ...bound];
  const allowed = (role: "esme" | "smsc", command: CommandName) =>
    states.filter((state) => mayIssue(role, state, command));
  expect(allowed("smsc", "deliver_sm")).toEqual(["BOUND_RX", "BOUND_TRX"]);
  expect(allowed("esme", "submit_sm")).toEqual(["BOUND_TX", "BOUND_TRX"]);
  expect(allowed("smsc", "submit_sm")).toEqual([]);
});

test("five commands bring messages", () => {
  expect(names.filter((command) => messageCommands.has(command)).sort()).toEqual([
    "broadcast_sm",
    "data_sm",
    "deliver_sm",
    "submit_multi",
    "submit_sm",
  ]);
});

describe("a session", () => {
  const bind = (sequence_number: number) =>
    decode(encode({ command: "bind_transceiver", sequence_number }));

  test("is bound once, unbound once and closed once", () => {
    const lifecycle = new Lifecycle("esme");
    expect([lifecycle.bind("BOUND_TX"), lifecycle.bind("BOUND_TRX"), lifecycle.state]).toEqual([
      true,
      false,
      "BOUND_TX",
    ]);
    expect([
      lifecycle.unbind(),
      lifecycle.unbind(),
      lifecycle.bind("BOUND_TRX"),
      lifecycle.state,
    ]).toEqual([true, false, false, "UNBOUND"]);
    expect([
      lifecycle.close(),
      lifecycle.close(),
      lifecycle.unbind(),
      lifecycle.bind("BOUND_RX"),
      lifecycle.state,
    ]).toEqual([true, false, false, false, "CLOSED"]);
  });

  test("takes no second bind until the first is answered, whatever else is", () => {
    const lifecycle = new Lifecycle("smsc");
    const [first, other] = [bind(1), bind(2)];
    expect(lifecycle.refusalOf("bind_transceiver")).toBeUndefined();
    lifecycle.beginBind(first);
    lifecycle.endBind(other);
    expect(lifecycle.refusalOf("bind_transceiver")).toBe(5);
    lifecycle.endBind(first);
    expect(lifecycle.refusalOf("bind_transceiver")).toBeUndefined();
  });

  test("says why it sends no more: about to unbind, unbound, closed", () => {
    const lifecycle = new Lifecycle("esme");
    const code = () => {
      try {
        return lifecycle.checkSending("enquire_link");
      } catch (error) {
        return error instanceof Error && "code" in error ? error.code : error;
      }
    };
    expect(code()).toBeUndefined();
    lifecycle.startUnbinding();
    expect([lifecycle.isEnding, code()]).toEqual([true, "unbound"]);
    lifecycle.unbind();
    expect(lifecycle.refusalOfSending("enquire_link")?.code).toBe("unbound");
    lifecycle.close();
    expect(lifecycle.refusalOfSending("enquire_link")?.code).toBe("closed");
  });
});

// The table of the lifecycle: every state with every event, and that no path through it leaves anything behind.
import { describe, expect, test } from "vitest";
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  isWanted,
  transition,
} from "../src/connection-state.ts";

// `.`: the event changes nothing.
const table = `
  state       connect     connected  ready    failed   failedForGood  lost     lostForGood  retry       unbind    disconnect
  closed      connecting  .          .        .        .              .        .            .           closed    closed
  connecting  .           binding    .        waiting  closed         .        .            .           closed    closed
  binding     .           .          up       waiting  closed         .        .            .           aborting  aborting
  up          .           .          .        .        .              waiting  closed       .           closing   closing
  waiting     .           .          .        .        .              .        .            connecting  closed    closed
  aborting    .           .          closing  closed   closed         .        .            .           aborting  aborting
  closing     .           .          .        .        .              closed   closed       .           closing   closing
`;

const [[, ...events] = [], ...rows] = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/ +/));

// The words of the table are those of the types: a wrong one would fail below.
const cells = rows.flatMap(([state, ...next]) =>
  events.map((event, at) => [state, event, next[at]] as [ConnectionState, ConnectionEvent, string]),
);

test.each(cells)("in the state %s the event %s leads to %s", (state, event, next) => {
  const expected = next === "." ? { state, effects: [] } : { state: next };
  expect(transition(state, event)).toMatchObject(expected);
});

/** What exists beside the state, as the effects make it. */
interface World {
  readonly state: ConnectionState;
  /** connect() is not settled. */
  readonly isAsked: boolean;
  readonly isRetained: boolean;
  readonly isDialling: boolean;
  readonly hasTimer: boolean;
  readonly session: "none" | "binding" | "established";
}

const nothing: World = {
  state: "closed",
  isAsked: false,
  isRetained: false,
  isDialling: false,
  hasTimer: false,
  session: "none",
};

/** What can happen in this world. */
function possible({ state, isDialling, hasTimer, session }: World): ConnectionEvent[] {
  const isEstablished = session === "established";
  return [
    // In another state connect() rejects or waits.
    ...(state === "closed" ? (["connect"] as const) : []),
    ...(isDialling ? (["connected", "failed", "failedForGood"] as const) : []),
    ...(session === "binding" ? (["ready", "failed", "failedForGood"] as const) : []),
    ...(isEstablished ? (["lost", "lostForGood"] as const) : []),
    ...(hasTimer ? (["retry"] as const) : []),
    "unbind",
    "disconnect",
  ];
}

/** What the event itself changes. */
const changes: Readonly<Record<ConnectionEvent, Partial<World>>> = {
  connect: { isAsked: true },
  connected: { isDialling: false, session: "binding" },
  ready: { session: "established" },
  failed: { isDialling: false, session: "none" },
  failedForGood: { isDialling: false, session: "none" },
  lost: { session: "none" },
  lostForGood: { session: "none" },
  retry: { hasTimer: false },
  unbind: {},
  disconnect: {},
};

/** What each effect needs, and what it changes. */
const performed: Readonly<Record<ConnectionEffect, (world: World) => [boolean, Partial<World>]>> = {
  retainQueue: ({ isRetained }) => [!isRetained, { isRetained: true }],
  // Releasing twice does nothing.
  releaseQueue: () => [true, { isRetained: false }],
  checkOptions: () => [true, {}],
  dial: ({ isDialling, session }) => [!isDialling && session === "none", { isDialling: true }],
  abort: () => [true, { isDialling: false }],
  bind: ({ session }) => [session === "binding", {}],
  scheduleRetry: ({ hasTimer, isDialling, session }) => [
    !hasTimer && !isDialling && session === "none",
    { hasTimer: true },
  ],
  cancelRetry: ({ hasTimer }) => [hasTimer, { hasTimer: false }],
  unbindSession: ({ session }) => [session !== "none", {}],
  closeSession: ({ session }) => [session !== "none", {}],
  // After a reconnect nobody waits for it.
  resolveConnect: () => [true, { isAsked: false }],
  rejectConnect: () => [true, { isAsked: false }],
  reportFailure: () => [true, { isAsked: false }],
  emitClosed: ({ session, isAsked }) => [session === "none" && !isAsked, {}],
  finish: ({ state, isRetained, isDialling, hasTimer, session }) => [
    state === "closed" && !isRetained && !isDialling && !hasTimer && session === "none",
    {},
  ],
};

interface Step {
  readonly from: World;
  readonly event: ConnectionEvent;
  readonly effects: readonly ConnectionEffect[];
  readonly to: World;
}

function step(from: World, event: ConnectionEvent): Step {
  const { state, effects } = transition(from.state, event);
  let to: World = { ...from, ...changes[event], state };
  for (const effect of effects) {
    const [isAllowed, change] = performed[effect](to);
    if (!isAllowed) throw new Error(`${from.state}, ${event}: ${effect} in ${JSON.stringify(to)}`);
    to = { ...to, ...change };
  }
  return { from, event, effects, to };
}

/** Every step that can be made, from every world that can be reached. */
function walk(): Step[] {
  const steps: Step[] = [];
  const seen = new Set<string>();
  const open = [nothing];
  for (let world = open.pop(); world !== undefined; world = open.pop()) {
    const key = JSON.stringify(world);
    if (seen.has(key)) continue;
    seen.add(key);
    for (const event of possible(world)) {
      const made = step(world, event);
      steps.push(made);
      open.push(made.to);
    }
  }
  return steps;
}

describe("on every path", () => {
  const steps = walk();
  const told = (those: readonly Step[]) => those.map(({ from, event }) => `${from.state} ${event}`);

  test("every state is reached", () => {
    expect(new Set(steps.map(({ to }) => to.state))).toEqual(new Set(rows.map(([state]) => state)));
  });

  test("`closed` means that nothing is left: no queue, timer, session, dialling or connect()", () => {
    const left = steps.filter(({ to }) => to.state === "closed");
    for (const { to } of left) expect(to).toEqual(nothing);
  });

  test("`closed` is reached with `finish`, once, and left with `connect` alone", () => {
    for (const { from, event, effects, to } of steps) {
      const isEnd = from.state !== "closed" && to.state === "closed";
      expect(effects.filter((effect) => effect === "finish")).toHaveLength(isEnd ? 1 : 0);
      if (from.state === "closed" && to.state !== "closed") expect(event).toBe("connect");
    }
  });

  test("an established connection that is closed is emitted, and no other", () => {
    for (const { from, event, effects } of steps) {
      const isClosed = from.session === "established" && /^lost/.test(event);
      expect(effects.includes("emitClosed")).toBe(isClosed);
    }
  });

  test("connect() waits while an attempt is made, and is settled in `up`", () => {
    const waiting = steps.filter(({ to }) => to.isAsked).map(({ to }) => to.state);
    expect(new Set(waiting)).toEqual(new Set(["connecting", "binding", "waiting", "aborting"]));
  });

  test("after unbind() and disconnect() no attempt is made, up to the next connect()", () => {
    const leaving = new Set<ConnectionState>(["closed", "aborting", "closing"]);
    for (const { event, to } of steps) {
      if (event === "unbind" || event === "disconnect") expect(leaving).toContain(to.state);
    }
    const back = steps.filter(
      ({ from, to }) =>
        from.state !== "closed" && leaving.has(from.state) && !leaving.has(to.state),
    );
    expect(told(back)).toEqual([]);
  });

  test("`reconnect` applies while the user has not ended the connection", () => {
    const wanted = new Set(steps.map(({ to }) => to.state).filter(isWanted));
    expect(wanted).toEqual(new Set(["connecting", "binding", "up", "waiting"]));
  });

  test("after disconnect() nothing waits in the queue", () => {
    for (const { event, to } of steps) {
      if (event === "disconnect") expect(to.isRetained).toBe(false);
    }
  });
});

/** What can be asked for on the command line. */
import { parseArgs } from "node:util";
import type { QueueType } from "./application.ts";
import type { BrokerKind, StoreKind } from "./servers.ts";

/** What a run does: everything fails at random, or the SMSC alone in order. */
export type Scenario = "random" | "outages";

export const usage = `usage: npm run chaos -- [--scenario random|outages] [--messages N | --hours H | --minutes M]
  [--workers N] [--concurrency N] [--ahead N] [--broker single|cluster] [--queues classic|quorum]
  [--store single|sentinel] [--ledger none|resend|hold] [--only WORDS] [--pause SECONDS] [--seed S]`;

/** One run. */
export interface Wishes {
  readonly scenario: Scenario;
  /** How many messages are sent; unused where `minutes` is not 0. */
  readonly messages: number;
  /** For how long they are sent; 0: until there are enough. Of `outages`: how long each one is. */
  readonly minutes: number;
  readonly workers: number;
  /** `worker_concurrency` of each worker. */
  readonly concurrency: number;
  /** Messages without an event, at most. */
  readonly ahead: number;
  readonly broker: BrokerKind;
  readonly queueType: QueueType;
  readonly store: StoreKind;
  /** What the workers do with a part of unknown fate; `none`: they have no ledger. */
  readonly ledger: "none" | "resend" | "hold";
  /** Words in the name of each fault that may strike; empty: all. */
  readonly only: string;
  /** Seconds between two faults, on average. */
  readonly pause: number;
  readonly seed: number;
}

const options = {
  scenario: { type: "string", default: "random" },
  messages: { type: "string", default: "20000" },
  hours: { type: "string", default: "0" },
  minutes: { type: "string", default: "0" },
  workers: { type: "string", default: "3" },
  concurrency: { type: "string", default: "100" },
  ahead: { type: "string", default: "2000" },
  broker: { type: "string", default: "single" },
  queues: { type: "string" },
  store: { type: "string", default: "single" },
  ledger: { type: "string", default: "none" },
  only: { type: "string", default: "" },
  pause: { type: "string", default: "3" },
  seed: { type: "string" },
} as const;

/** Throws an error that says which option is wrong. */
export function wishesOf(args: readonly string[]): Wishes {
  const { values } = parseArgs({ args: [...args], options });
  const broker = oneOf("broker", values.broker, ["single", "cluster"]);
  return {
    scenario: oneOf("scenario", values.scenario, ["random", "outages"]),
    messages: number("messages", values.messages, 1),
    minutes: number("hours", values.hours, 0) * 60 + number("minutes", values.minutes, 0),
    workers: number("workers", values.workers, 1),
    concurrency: number("concurrency", values.concurrency, 1),
    ahead: number("ahead", values.ahead, 1),
    broker,
    queueType: oneOf("queues", values.queues ?? (broker === "single" ? "classic" : "quorum"), [
      "classic",
      "quorum",
    ]),
    store: oneOf("store", values.store, ["single", "sentinel"]),
    ledger: oneOf("ledger", values.ledger, ["none", "resend", "hold"]),
    only: values.only,
    pause: number("pause", values.pause, 0.1),
    seed: number("seed", values.seed ?? String(Math.floor(Math.random() * 2 ** 31)), 0),
  };
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least) return value;
  throw new Error(`--${name}: expected a number of at least ${least}, got ${text}`);
}

function oneOf<const T extends string>(name: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new Error(`--${name}: expected ${words.join(" or ")}, got ${text}`);
}

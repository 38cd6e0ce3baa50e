/** What can be asked for on the command line. */
import { parseArgs } from "node:util";
import type { QueueType } from "./application.ts";
import type { BrokerKind } from "./servers.ts";

export const usage = `usage: npm run chaos -- [--messages N | --hours H] [--workers N] [--broker single|cluster]
  [--queues classic|quorum] [--pause SECONDS] [--seed S]`;

/** One run. */
export interface Wishes {
  /** How many messages are sent; unused where `hours` is given. */
  readonly messages: number;
  /** For how long they are sent; 0: until there are enough. */
  readonly hours: number;
  readonly workers: number;
  readonly broker: BrokerKind;
  readonly queueType: QueueType;
  /** Seconds between two faults, on average. */
  readonly pause: number;
  readonly seed: number;
}

const options = {
  messages: { type: "string", default: "20000" },
  hours: { type: "string", default: "0" },
  workers: { type: "string", default: "3" },
  broker: { type: "string", default: "single" },
  queues: { type: "string" },
  pause: { type: "string", default: "3" },
  seed: { type: "string" },
} as const;

/** Throws an error that says which option is wrong. */
export function wishesOf(args: readonly string[]): Wishes {
  const { values } = parseArgs({ args: [...args], options });
  const broker = oneOf("broker", values.broker, ["single", "cluster"]);
  return {
    messages: number("messages", values.messages, 1),
    hours: number("hours", values.hours, 0),
    workers: number("workers", values.workers, 1),
    broker,
    queueType: oneOf("queues", values.queues ?? (broker === "single" ? "classic" : "quorum"), [
      "classic",
      "quorum",
    ]),
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

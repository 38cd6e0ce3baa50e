/** The named ways to misbehave. Pure. */
import { Status } from "@esme/pdu";
import {
  type Malformation,
  malformations,
  withUint32,
  withWrongSequence,
} from "./malformations.ts";
import { chooserOf, type Random, type Weighted } from "./random.ts";
import type { Script } from "./script.ts";

/** Milliseconds: always the same, or anything between two values. */
export type Delay = number | readonly [from: number, to: number];

/** The named scripts. Plain data, so that it can come from a file. */
export type Fault =
  /**
   * Answers late. A range, or `jitter` (milliseconds more or less), lets answers overtake each
   * other; `ordered` keeps each behind the one before it.
   */
  | {
      readonly fault: "delay";
      readonly ms: Delay;
      readonly jitter?: number;
      readonly ordered?: boolean;
    }
  /** Every other answer comes `ms` late (default 50), behind the one that follows it. */
  | { readonly fault: "reorder"; readonly ms?: number }
  /** Refuses with this command_status. */
  | { readonly fault: "refuse"; readonly status: number }
  /** Draws a command_status for each request, by weight; ESME_ROK lets it through. */
  | { readonly fault: "random_status"; readonly statuses: readonly Weighted<number>[] }
  /** Refuses what is above so many in a second (default status ESME_RTHROTTLED). */
  | { readonly fault: "throttle"; readonly perSecond: number; readonly status?: number }
  /**
   * A queue of so many places that is emptied at so many a second: refuses while it is full
   * (default status ESME_RMSGQFUL).
   */
  | {
      readonly fault: "queue_full";
      readonly places: number;
      readonly perSecond: number;
      readonly status?: number;
    }
  /** Neither takes the request nor answers. */
  | { readonly fault: "ignore" }
  /** Takes the request, but the answer is lost. */
  | { readonly fault: "lose_answer" }
  /** Answers twice. */
  | { readonly fault: "duplicate" }
  /** Answers with a sequence number that nobody used. */
  | { readonly fault: "wrong_sequence" }
  /** Answers with a PDU that is wrong inside: see {@link Malformation}. Default `overlong_tlv`. */
  | { readonly fault: "malformed"; readonly kind?: Malformation }
  /** Answers with a wrong command_length. Default 2 GiB. */
  | { readonly fault: "bad_length"; readonly length?: number }
  /** Closes the connection in the middle of the answer. */
  | { readonly fault: "cut" }
  /** Closes the connection instead of an answer. */
  | { readonly fault: "close" }
  /** Answers, then asks to unbind. */
  | { readonly fault: "unbind" }
  /** Leaves the connection open and says nothing more. */
  | { readonly fault: "silence" };

/** What a fault does about a request. Throws TypeError for a name that there is not. */
export function scriptOf(given: Fault): Script {
  switch (given.fault) {
    case "delay":
      return delay(given);
    case "reorder":
      return (_, { count }) => [{ do: "answer", after: count % 2 === 1 ? (given.ms ?? 50) : 0 }];
    case "refuse":
      return () => [{ do: "answer", command_status: given.status }];
    case "random_status":
      return randomStatus(given.statuses);
    case "throttle":
      return throttle(given.perSecond, given.status ?? Status.ESME_RTHROTTLED);
    case "queue_full":
      return queueFull(given.places, given.perSecond, given.status ?? Status.ESME_RMSGQFUL);
    case "ignore":
      return () => [];
    case "lose_answer":
      return () => [{ do: "answer", edit: () => new Uint8Array() }];
    case "duplicate":
      return () => [{ do: "answer" }, { do: "answer" }];
    case "wrong_sequence":
      return () => [{ do: "answer", edit: withWrongSequence }];
    case "malformed":
      return malformed(given.kind ?? "overlong_tlv");
    case "bad_length":
      return () => [
        { do: "answer", edit: (octets) => withUint32(octets, 0, given.length ?? 0x7fff_ffff) },
      ];
    case "cut":
      return () => [
        { do: "answer", edit: (octets) => octets.subarray(0, octets.length >> 1) },
        { do: "close" },
      ];
    case "close":
      return () => [{ do: "close" }];
    case "unbind":
      return () => [{ do: "answer" }, { do: "unbind" }];
    case "silence":
      return () => [{ do: "silence" }];
    default:
      return refuseUnknown(given);
  }
}

function refuseUnknown(given: never): never {
  throw new TypeError(
    `unknown fault in ${JSON.stringify(given)}: see the type Fault for the names`,
  );
}

function delay({ ms, jitter = 0, ordered = false }: Fault & { fault: "delay" }): Script {
  let last = 0;
  return (_, { now, random }) => {
    const drawn = draw(ms, random) + (jitter === 0 ? 0 : (2 * random() - 1) * jitter);
    const after = Math.max(0, drawn, ordered ? last - now : 0);
    last = Math.max(last, now + after);
    return [{ do: "answer", after }];
  };
}

function randomStatus(statuses: readonly Weighted<number>[]): Script {
  const choose = chooserOf(statuses);
  return (_, { random }) => {
    const command_status = choose(random);
    if (command_status === Status.ESME_ROK) return undefined;
    return [{ do: "answer", command_status }];
  };
}

function throttle(perSecond: number, status: number): Script {
  let second = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return (_, { now }) => {
    if (now - second >= 1000) {
      second = now;
      taken = 0;
    }
    return ++taken > perSecond ? [{ do: "answer", command_status: status }] : undefined;
  };
}

function queueFull(places: number, perSecond: number, status: number): Script {
  let waiting = 0;
  let counted = 0;
  return (_, { now }) => {
    waiting = Math.max(0, waiting - ((now - counted) / 1000) * perSecond);
    counted = now;
    if (waiting + 1 > places) return [{ do: "answer", command_status: status }];
    waiting++;
    return undefined;
  };
}

function malformed(kind: Malformation): Script {
  if (!Object.hasOwn(malformations, kind)) {
    const names = Object.keys(malformations).join(", ");
    throw new TypeError(`malformed: no kind ${JSON.stringify(kind)}, expected one of ${names}`);
  }
  const spoil = malformations[kind];
  return (_, { random }) => [{ do: "answer", edit: (octets) => spoil(octets, random) }];
}

/** Milliseconds: those given, or any in the range. */
export function draw(ms: Delay, random: Random): number {
  return typeof ms === "number" ? ms : ms[0] + random() * (ms[1] - ms[0]);
}

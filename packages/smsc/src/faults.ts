/** The named ways to misbehave. Pure. */
import { Status } from "@esme/pdu";
import type { Script } from "./behaviour.ts";

/** Milliseconds: always the same, or anything between two values. */
export type Delay = number | readonly [from: number, to: number];

/** The named scripts. Plain data, so that it can come from a file. */
export type Fault =
  /** Answers late. A range lets answers overtake each other. */
  | { readonly fault: "delay"; readonly ms: Delay }
  /** Every other answer comes `ms` late (default 50), behind the one that follows it. */
  | { readonly fault: "reorder"; readonly ms?: number }
  /** Refuses with this command_status. */
  | { readonly fault: "refuse"; readonly status: number }
  /** Refuses what is above so many in a second (default status ESME_RTHROTTLED). */
  | { readonly fault: "throttle"; readonly perSecond: number; readonly status?: number }
  /** Neither takes the request nor answers. */
  | { readonly fault: "ignore" }
  /** Takes the request, but the answer is lost. */
  | { readonly fault: "lose_answer" }
  /** Answers twice. */
  | { readonly fault: "duplicate" }
  /** Answers with a sequence number that nobody used. */
  | { readonly fault: "wrong_sequence" }
  /** Answers with a TLV that runs over the end of the PDU. */
  | { readonly fault: "malformed" }
  /** Answers with a command_length of 2 GiB. */
  | { readonly fault: "bad_length" }
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
      return (_, { random }) => [{ do: "answer", after: draw(given.ms, random) }];
    case "reorder":
      return (_, { count }) => [{ do: "answer", after: count % 2 === 1 ? (given.ms ?? 50) : 0 }];
    case "refuse":
      return () => [{ do: "answer", command_status: given.status }];
    case "throttle":
      return throttle(given.perSecond, given.status ?? Status.ESME_RTHROTTLED);
    case "ignore":
      return () => [];
    case "lose_answer":
      return () => [{ do: "answer", edit: () => new Uint8Array() }];
    case "duplicate":
      return () => [{ do: "answer" }, { do: "answer" }];
    case "wrong_sequence":
      return () => [{ do: "answer", edit: withWrongSequence }];
    case "malformed":
      return () => [{ do: "answer", edit: withOverlongTlv }];
    case "bad_length":
      return () => [{ do: "answer", edit: (octets) => withUint32(octets, 0, 0x7fff_ffff) }];
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

function draw(delay: Delay, random: () => number): number {
  return typeof delay === "number" ? delay : delay[0] + random() * (delay[1] - delay[0]);
}

/** Bit 30 turned over: inside the range of the standard and far from what is in use. */
function withWrongSequence(octets: Uint8Array): Uint8Array {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return withUint32(octets, 12, view.getUint32(12) ^ 0x4000_0000);
}

/** receipted_message_id (0x001E) that claims 255 octets and has none. */
function withOverlongTlv(octets: Uint8Array): Uint8Array {
  const longer = new Uint8Array(octets.length + 4);
  longer.set(octets);
  longer.set([0x00, 0x1e, 0x00, 0xff], octets.length);
  return withUint32(longer, 0, longer.length);
}

function withUint32(octets: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = octets.slice();
  new DataView(copy.buffer).setUint32(offset, value);
  return copy;
}

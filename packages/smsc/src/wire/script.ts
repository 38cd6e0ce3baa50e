/** What a misbehaving message centre does about one request. */
import type { Pdu } from "@esme/pdu";
import type { Random } from "../structures/random.ts";

/**
 * One thing done about a request, `after` that many milliseconds (default 0). Actions of equal
 * time happen in the order of the list.
 *
 * - `answer`: the answer the message centre gives. With a `command_status` other than 0 it never
 *   sees the request and the refusal is answered in its place. `edit` changes the octets on their
 *   way out; no octets, no answer.
 * - `write`: these octets, as they are.
 * - `unbind`: a request to unbind. `close`: the connection is torn down. `silence`: the connection
 *   stays open, but nothing is read or written, for ever or for `lasts` milliseconds; what the peer
 *   writes backs up, as with a process that hangs.
 *
 * A list without an `answer` means that the message centre never sees the request.
 */
export type Action =
  | {
      readonly do: "answer";
      readonly after?: number;
      readonly command_status?: number;
      readonly edit?: (octets: Uint8Array) => Uint8Array;
    }
  | { readonly do: "write"; readonly after?: number; readonly octets: Uint8Array }
  | { readonly do: "unbind" | "close"; readonly after?: number }
  | { readonly do: "silence"; readonly after?: number; readonly lasts?: number };

/** What a script knows besides the request. */
export interface Circumstances {
  /** Requests that this behaviour has been asked about, this one included. */
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** 0 up to 1; the same sequence for the same seed. */
  readonly random: Random;
}

/** The one hook: what to do about a request; undefined leaves it to the other behaviours. */
export type Script = (request: Pdu, circumstances: Circumstances) => readonly Action[] | undefined;

/** One PDU on its way, for those who watch. */
import { isPduError, type Pdu, type PduError } from "@esme/pdu";
import { decoded } from "../wire/tolerant-codec.ts";
import type { SmscSession } from "./smsc-session.ts";

/** One PDU on its way, as the event `pdu` shows it. It is decoded when `pdu` is first looked at. */
export class PduEvent {
  readonly session: SmscSession;
  /** As the message centre sees it: `in` is from the ESME. */
  readonly direction: "in" | "out";
  /** A copy of what was on the wire. */
  readonly octets: Uint8Array;
  #decoded: Pdu | PduError | undefined;

  constructor(session: SmscSession, direction: "in" | "out", octets: Uint8Array) {
    this.session = session;
    this.direction = direction;
    this.octets = new Uint8Array(octets);
  }

  /** Undefined when the octets cannot be decoded: `error` then says why. */
  get pdu(): Pdu | undefined {
    const decoded = this.#look();
    return isPduError(decoded) ? undefined : decoded;
  }

  get error(): PduError | undefined {
    const decoded = this.#look();
    return isPduError(decoded) ? decoded : undefined;
  }

  #look(): Pdu | PduError {
    this.#decoded ??= decoded(this.octets);
    return this.#decoded;
  }
}

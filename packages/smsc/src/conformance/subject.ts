/** The ESME that is checked: what it sends, and how it is asked. */
import { commands, encode, isResponse, type Pdu, type PduInput, type RequestName } from "@esme/pdu";
import type { PduEvent } from "../sessions/pdu-event.ts";
import type { SmscSession } from "../sessions/smsc-session.ts";
import type { Smsc } from "../smsc.ts";
import { Timers } from "../structures/timers.ts";
import { Traffic } from "./traffic.ts";

/** How an ESME dealt with a request. */
export interface Reply {
  /** The first PDU with the sequence number of the request; undefined when there was none in time. */
  readonly octets: Uint8Array | undefined;
  readonly pdu: Pdu | undefined;
  /** Milliseconds until then. */
  readonly ms: number;
  /** Whether a response of the right command came with another sequence number instead. */
  readonly hasWrongSequence: boolean;
}

/** Our own requests count from here: far from those of the session. */
const firstSequence = 0x2000_0000;

/** Watches every connection of the message centre, as long as it is checked. */
export class Subject {
  readonly smsc: Smsc;
  readonly traffic = new Traffic();
  readonly #timers = new Timers();
  readonly #watchers = new Set<(event: PduEvent) => void>();
  readonly #onPdu = (event: PduEvent): void => {
    this.traffic.see(event, performance.now());
    for (const watch of [...this.#watchers]) watch(event);
  };
  #sequence = firstSequence;

  constructor(smsc: Smsc) {
    this.smsc = smsc;
    smsc.on("pdu", this.#onPdu);
  }

  /** Stops watching. */
  end(): void {
    this.smsc.off("pdu", this.#onPdu);
    this.#timers.close();
  }

  /** A bound session, one that takes deliver_sm if there is one. */
  get session(): SmscSession | undefined {
    const bound = this.smsc.sessions.filter(({ session }) => session.state.startsWith("BOUND"));
    return bound.find(({ receives }) => receives) ?? bound[0];
  }

  /** Waits for a bound session; undefined when none is in time. */
  async bound(ms: number): Promise<SmscSession | undefined> {
    if (this.session !== undefined) return this.session;
    await this.#until(ms, (done) => {
      this.smsc.once("bound", done);
      return () => this.smsc.off("bound", done);
    });
    // The answer to the bind has to leave before anything else.
    await this.pause(20);
    return this.session;
  }

  /** Waits for the end of a session; false when it is still there. */
  async ended(session: SmscSession, ms: number): Promise<boolean> {
    const isThere = () => this.smsc.sessions.includes(session);
    if (!isThere()) return true;
    await this.#until(ms, (done) => {
      this.smsc.on("unbound", done);
      return () => this.smsc.off("unbound", done);
    });
    return !isThere();
  }

  pause(ms: number): Promise<void> {
    return this.#until(ms, () => () => {});
  }

  /** Sends a request and waits for whatever comes back for it. */
  ask(
    session: SmscSession,
    request: PduInput & { command: RequestName },
    ms: number,
  ): Promise<Reply> {
    const sequence = ++this.#sequence;
    const { response } = commands[request.command];
    return this.send(session, encode({ ...request, sequence_number: sequence }), response, ms);
  }

  /** Sends octets as they are: their sequence number is taken from them. */
  async send(
    session: SmscSession,
    octets: Uint8Array,
    response: string | null,
    ms: number,
  ): Promise<Reply> {
    const begun = performance.now();
    const sequence = Buffer.from(octets).readUInt32BE(12);
    let hasWrongSequence = false;
    let found: PduEvent | undefined;
    await this.#until(ms, (done) => {
      const watch = (event: PduEvent): void => {
        if (event.session !== session || event.direction !== "in") return;
        const frame = Buffer.from(event.octets);
        if (frame.length < 16 || !isResponse(frame.readUInt32BE(4))) return;
        if (frame.readUInt32BE(12) !== sequence) {
          hasWrongSequence ||= event.pdu?.command === response && isNobodys(event);
          return;
        }
        found = event;
        done();
      };
      this.#watchers.add(watch);
      session.write(octets);
      return () => this.#watchers.delete(watch);
    });
    const reply = { octets: found?.octets, pdu: found?.pdu, ms: performance.now() - begun };
    return { ...reply, hasWrongSequence: found === undefined && hasWrongSequence };
  }

  /** A sequence number for octets that the check makes itself. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  /** Waits for `done`, at most so long. */
  async #until(ms: number, begin: (done: () => void) => () => unknown): Promise<void> {
    let stop: () => unknown = () => {};
    let cancel = () => {};
    await new Promise<void>((resolve) => {
      cancel = this.#timers.after(ms, resolve);
      stop = begin(resolve);
    });
    cancel();
    stop();
  }
}

/** Whether it answers a request of the check: the session's own have small numbers. */
function isNobodys({ octets }: PduEvent): boolean {
  const sequence = Buffer.from(octets).readUInt32BE(12);
  return sequence === 0 || sequence > firstSequence - 0x1000_0000;
}

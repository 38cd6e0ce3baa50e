/** The wire between a socket and a session: shows every PDU, and carries out faults. */
import { Duplex } from "node:stream";
import { Framer, isFrameError } from "@esme/pdu";
import { Timers } from "../structures/timers.ts";
import { Inlet } from "./inlet.ts";
import type { Line } from "./line.ts";
import { Outlet } from "./outlet.ts";
import type { Action } from "./script.ts";

/** What happens to a request instead of the usual. */
export interface Verdict {
  readonly actions: readonly Action[];
  /** The response with this command_status, in place of the session's. */
  readonly refusal: (command_status: number) => Uint8Array;
}

/** What the owner of a wire does for it. */
export interface WireHooks {
  /** Judges a request before the session reads it; undefined lets it pass. */
  readonly judge: (request: Uint8Array) => Verdict | undefined;
  /** Sees what is read, PDU by PDU, and what is written, as it is written. */
  readonly watch: (direction: "in" | "out", octets: Uint8Array) => void;
  /** Whether requests are judged or PDUs watched now; if not, octets pass without being looked at. */
  readonly attentive: () => boolean;
  /** How fast to read, in what pieces to write. */
  readonly line: () => Line;
  /** Carries out the action `unbind`. */
  readonly unbind: () => void;
  /** An `edit` threw. */
  readonly onError: (error: unknown) => void;
}

/** Wraps a socket. The session speaks over `stream`, which carries whole PDUs only. */
export class Wire {
  readonly stream: Duplex;
  readonly #socket: Duplex;
  readonly #inlet: Inlet;
  readonly #outlet: Outlet;
  readonly #hooks: WireHooks;
  readonly #timers = new Timers();
  readonly #inbound = new Framer();
  readonly #outbound = new Framer();
  /** Verdicts that wait for the session's answer, by sequence number. */
  readonly #awaited = new Map<number, Verdict>();
  /** What the session writes while a bind response is delayed. */
  #held: Uint8Array[] | undefined;
  /** PDUs of one write of the session, which leave in one write. */
  #together: Uint8Array[] | undefined;
  /** Actions for the end of the silence; undefined: there is no silence. */
  #kept: (() => void)[] | undefined;
  /** A command_length was wrong: the octets after it cannot be read. */
  #outOfStep = false;

  constructor(socket: Duplex, hooks: WireHooks) {
    this.#socket = socket;
    this.#hooks = hooks;
    this.#inlet = new Inlet(socket, this.#timers, {
      octetsPerSecond: () => hooks.line().octetsPerSecond,
      onOctets: (chunk) => this.#fromSocket(chunk),
      // A peer that does not read would cause ever more answers in memory.
      mayRead: () => this.#kept === undefined && this.#outlet.length <= congested,
    });
    this.#outlet = new Outlet(socket, {
      segment: () => hooks.line().segment,
      onDrain: () => this.#inlet.resume(),
    });
    this.stream = new Duplex({
      read: () => this.#inlet.resume(),
      write: (chunk: Uint8Array, _encoding, done) => this.#fromSession(chunk, done),
      final: (done) => this.#afterSilence(() => this.#outlet.end(done)),
      destroy: (error, done) => {
        this.#timers.close();
        this.#awaited.clear();
        this.#kept = undefined;
        socket.destroy();
        done(error);
      },
    });
    socket.on("end", () => this.stream.push(null));
    socket.on("error", (error) => this.stream.destroy(error));
    socket.on("close", () => this.stream.destroy());
  }

  /** Writes octets as they are, past the session. False: the socket asks for a pause. */
  write(octets: Uint8Array): boolean {
    if (!this.#socket.writable || octets.length === 0) return true;
    if (this.#kept !== undefined) {
      this.#kept.push(() => this.write(octets));
      return true;
    }
    this.#hooks.watch("out", octets);
    if (this.#together === undefined) return this.#outlet.write(octets);
    this.#together.push(octets);
    return true;
  }

  /**
   * From now on nothing is read or written; the connection stays open, and what the peer writes backs
   * up as with a process that hangs. Returns a function that ends it: everything goes on where it was.
   */
  silence(): () => void {
    this.#kept ??= [];
    this.#inlet.pause();
    return () => this.#endSilence();
  }

  /** Tears the connection down at once. */
  destroy(): void {
    this.stream.destroy();
  }

  #endSilence(): void {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    for (const act of kept) this.#afterSilence(act);
    this.#inlet.resume();
  }

  /** Acts now, or when the silence is over. */
  #afterSilence(act: () => void): void {
    if (this.#kept === undefined) act();
    else this.#kept.push(act);
  }

  #fromSocket(chunk: Uint8Array): void {
    if (!this.#outOfStep) this.#read(this.#frames(chunk));
  }

  /** Gives PDUs to the session. Those behind the beginning of a silence wait. */
  #read(frames: readonly Uint8Array[]): void {
    const isAttentive = this.#hooks.attentive();
    const passing: Uint8Array[] = [];
    for (const [index, frame] of frames.entries()) {
      if (this.#kept !== undefined) {
        const rest = frames.slice(index);
        this.#kept.push(() => this.#read(rest));
        break;
      }
      if (!isAttentive || this.#passes(frame)) passing.push(frame);
    }
    if (passing.length === 0) return;
    if (!this.stream.push(Buffer.concat(passing))) this.#inlet.pause();
  }

  /** Whole PDUs. After a wrong command_length the session gets that header, and answers it. */
  #frames(chunk: Uint8Array): readonly Uint8Array[] {
    try {
      return this.#inbound.push(chunk);
    } catch (error) {
      if (!isFrameError(error)) throw error;
      this.#outOfStep = true;
      const header = new DataView(new ArrayBuffer(16));
      header.setUint32(0, error.command_length);
      header.setUint32(4, error.command_id ?? 0);
      header.setUint32(12, error.sequence_number);
      return [...error.frames, new Uint8Array(header.buffer)];
    }
  }

  /** Whether the session is to read this PDU. */
  #passes(frame: Uint8Array): boolean {
    this.#hooks.watch("in", frame);
    const verdict = isResponse(frame) ? undefined : this.#hooks.judge(frame);
    if (verdict === undefined) return true;
    if (verdict.actions.some((action) => action.do === "answer" && !action.command_status)) {
      this.#awaited.set(sequenceNumber(frame), verdict);
      return true;
    }
    this.#perform(verdict, nothing);
    return false;
  }

  #fromSession(chunk: Uint8Array, done: () => void): void {
    if (this.#kept !== undefined) {
      this.#kept.push(() => this.#fromSession(chunk, done));
      return;
    }
    let flowing = true;
    if (!this.#held && this.#awaited.size === 0 && !this.#hooks.attentive()) {
      flowing = this.#outlet.write(chunk);
    } else {
      const frames = this.#outbound.push(chunk);
      this.#together = [];
      for (const frame of frames) this.#send(frame);
      flowing = this.#flush();
    }
    if (flowing) done();
    else this.#outlet.whenDrained(done);
  }

  /** Writes all PDUs at once. False: the socket asks for a pause. */
  #flush(): boolean {
    const together = this.#together ?? [];
    this.#together = undefined;
    const [first, ...others] = together;
    if (first === undefined || !this.#socket.writable) return true;
    return this.#outlet.write(others.length === 0 ? first : Buffer.concat(together));
  }

  /** Writes a PDU of the session, unless a verdict waits for it. */
  #send(frame: Uint8Array): void {
    if (this.#held !== undefined) {
      this.#held.push(new Uint8Array(frame));
      return;
    }
    const verdict = isResponse(frame) ? this.#awaited.get(sequenceNumber(frame)) : undefined;
    if (verdict === undefined) {
      this.write(frame);
      return;
    }
    this.#awaited.delete(sequenceNumber(frame));
    const delay = isBindResponse(frame) ? Math.max(...verdict.actions.map(timeOf)) : 0;
    this.#perform(verdict, frame);
    if (delay > 0) this.#hold(delay);
  }

  /** Nothing overtakes a bind response: until its actions are over, the session is not bound yet. */
  #hold(ms: number): void {
    const held: Uint8Array[] = [];
    this.#held = held;
    this.#timers.after(ms, () => {
      this.#held = undefined;
      for (const frame of held) this.#send(frame);
    });
  }

  #perform(verdict: Verdict, answer: Uint8Array): void {
    const isLater = verdict.actions.some((action) => timeOf(action) > 0);
    // What is written later is a copy: the session's chunk may be large, or used again.
    const octets = isLater ? new Uint8Array(answer) : answer;
    for (const action of verdict.actions) {
      const act = () => this.#act(action, verdict, octets);
      if (timeOf(action) > 0) this.#timers.after(timeOf(action), act);
      else act();
    }
  }

  #act(action: Action, verdict: Verdict, answer: Uint8Array): void {
    switch (action.do) {
      case "answer": {
        const status = action.command_status ?? 0;
        const octets = status === 0 ? answer : verdict.refusal(status);
        this.write(action.edit === undefined ? octets : this.#edited(octets, action.edit));
        if (this.#outlet.length > congested) this.#inlet.pause();
        return;
      }
      case "write":
        this.write(action.octets);
        return;
      case "unbind":
        this.#hooks.unbind();
        return;
      case "close":
        this.#flush();
        this.#outlet.end(() => this.stream.destroy());
        return;
      case "silence":
        this.#flush();
        this.#beSilent(action.lasts);
    }
  }

  #beSilent(ms: number | undefined): void {
    const end = this.silence();
    if (ms !== undefined) this.#timers.after(ms, end);
  }

  /** What `edit` makes of an answer; the answer as it is when `edit` fails. */
  #edited(octets: Uint8Array, edit: (octets: Uint8Array) => Uint8Array): Uint8Array {
    try {
      return edit(octets);
    } catch (error) {
      this.#hooks.onError(error);
      return octets;
    }
  }
}

const nothing = new Uint8Array();

/** Octets that may wait for a peer that does not read. */
const congested = 1 << 20;

/** Bit 31 of command_id (SMPP 3.4, 5.1.2.1). */
function isResponse(frame: Uint8Array): boolean {
  return ((frame[4] ?? 0) & 0x80) !== 0;
}

/** bind_receiver_resp, bind_transmitter_resp, bind_transceiver_resp. */
function isBindResponse(frame: Uint8Array): boolean {
  return isResponse(frame) && [0x01, 0x02, 0x09].includes(frame[7] ?? 0) && frame[6] === 0;
}

function timeOf({ after = 0 }: Action): number {
  return after;
}

function sequenceNumber(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(12);
}

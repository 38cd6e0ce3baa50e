/** Reports every PDU: to the counters, to diagnostics channels and, when asked, to the logger. */
import { channel } from "node:diagnostics_channel";
import { type DissectedField, dissect, hexNumber, statusName } from "@esme/pdu";
import type { Direction } from "./callbacks.ts";
import type { SessionState } from "./lifecycle.ts";
import type { Stats } from "./stats.ts";

/** On the channel `esme:pdu`: a PDU was received or is about to be written. Nothing of its content. */
export interface PduNotice {
  /** The session's option `name`. */
  session: string;
  direction: Direction;
  /** `unknown` for an unknown id, `malformed` when it could not be decoded. */
  command: string;
  command_status: number;
  sequence_number: number;
  octets: number;
}

/** On the channel `esme:response`: a request of this side was answered, or ran out of time. */
export interface ResponseNotice {
  session: string;
  /** Of the request. */
  command: string;
  /** command_status of the response; undefined when none came in time. */
  status: number | undefined;
  /** Milliseconds since the request was written. */
  milliseconds: number;
}

/** On the channel `esme:state`: a session reached another state. */
export interface StateNotice {
  session: string;
  state: SessionState;
}

/** Any logger with these four methods, for example pino's. Passwords and message text never reach it. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => {};

/** A logger that discards everything (default). */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};

/** How much of each PDU is logged, at level debug: see `SessionOptions.logPdus`. */
export type LogPdus = "none" | "fields" | "content";

// `hasSubscribers` is asked first: without one, a channel costs a property read.
const pdus = channel("esme:pdu");
const responses = channel("esme:response");
const states = channel("esme:state");

/** What {@link Trace} works with. */
export interface TraceInit {
  readonly name: string;
  readonly stats: Stats;
  readonly logger: Logger;
  readonly logPdus: LogPdus;
}

/** Reports the PDUs, responses and states of one session. */
export class Trace {
  readonly #init: TraceInit;

  constructor(init: TraceInit) {
    this.#init = init;
  }

  pdu(direction: Direction, command: string, frame: Uint8Array): void {
    const { name, stats, logPdus } = this.#init;
    if (direction === "out") stats.sent(command);
    else if (command === "malformed") stats.malformed++;
    else stats.received(command);
    if (pdus.hasSubscribers) {
      const header = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
      const notice: PduNotice = {
        session: name,
        direction,
        command,
        command_status: header.getUint32(8),
        sequence_number: header.getUint32(12),
        octets: frame.length,
      };
      pdus.publish(notice);
    }
    if (logPdus !== "none") this.#log(direction, command, frame, logPdus === "content");
  }

  /** A response came; `status` is undefined when it did not come in time. */
  response(command: string, status: number | undefined, milliseconds: number): void {
    const { name, stats } = this.#init;
    if (status === undefined) stats.timeouts++;
    else stats.answered(status, milliseconds);
    if (command === "enquire_link" && status !== undefined) stats.enquireLinkAt = Date.now();
    if (!responses.hasSubscribers) return;
    const notice: ResponseNotice = { session: name, command, status, milliseconds };
    responses.publish(notice);
  }

  state(state: SessionState): void {
    const notice: StateNotice = { session: this.#init.name, state };
    if (states.hasSubscribers) states.publish(notice);
  }

  #log(direction: Direction, command: string, frame: Uint8Array, content: boolean): void {
    const words = direction === "in" ? "received" : "sent";
    this.#init.logger.debug(
      { direction, command, pdu: describe(frame, content) },
      `${words} ${command}`,
    );
  }
}

/** A PDU in one line. Passwords never; without `content` the sizes of addresses, ids and texts. */
function describe(frame: Uint8Array, content: boolean): string {
  const header = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const { command = "unknown", fields, problems } = dissect(frame);
  const start = `${command} ${header.getUint32(12)} ${statusName(header.getUint32(8))}`;
  const rest = fields.map((field) => `${nameOf(field)}=${shown(field, content)}`);
  return [start, ...rest, ...problems.map((problem) => `! ${problem}`)].join(", ");
}

function nameOf({ name, tag }: DissectedField): string {
  return name ?? hexNumber(Number(tag), 4);
}

function shown({ value, privacy }: DissectedField, content: boolean): string {
  if (typeof value === "number") return String(value);
  if (privacy === "secret") return "(hidden)";
  const isString = typeof value === "string";
  if (privacy === "personal" && !content) {
    return `${value.length} ${isString ? "characters" : "octets"}`;
  }
  if (isString) return JSON.stringify(value);
  const isText = value.length > 0 && value.every((octet) => octet >= 0x20 && octet < 0x7f);
  const digits = Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return isText ? JSON.stringify(new TextDecoder().decode(value)) : digits;
}

/** Reports what a session does: to its counters, listeners and logger, and to diagnostics channels. */
import { channel } from "node:diagnostics_channel";
import type { EventEmitter } from "node:events";
import {
  type DissectedField,
  dissect,
  hexNumber,
  type NoVendorTlvs,
  type Pdu,
  type PduError,
  statusName,
  type VendorTlvs,
} from "@esme/pdu";
import { type Direction, emitTo } from "./callbacks.ts";
import type { LinkError, StatusError } from "./errors.ts";
import { headerOf } from "./frame.ts";
import type { SessionState } from "./lifecycle.ts";
import type { Stats } from "./stats.ts";

/** The events of a {@link Session}. */
export interface SessionEvents<in out T extends VendorTlvs = NoVendorTlvs> {
  /** A bind succeeded; with the bind_*_resp (ESME) or the bind_* (SMSC) that was received. */
  bound: [pdu: Pdu<T>];
  /** unbind was exchanged; `by` is the side that asked. */
  unbound: [by: "us" | "peer"];
  /** The connection is over; `reason.code` is why. */
  close: [reason: LinkError];
  /** Something failed that the session survived: a callback threw, a PDU could not be decoded. */
  error: [error: Error];
  /**
   * A PDU of the peer broke a rule and was taken all the same: a response with a damaged body
   * (PduError), a message that this kind of bind does not get (LinkError `wrong_state`).
   */
  tolerated: [problem: PduError | LinkError];
  /** A response that no request waited for; `late` when its request had timed out. */
  stray: [pdu: Pdu<T>, late: boolean];
  /** The peer asked to slow down; sending goes on at `until`, on the clock of `performance.now()`. */
  throttled: [error: StatusError, until: number];
}

/** On the channel `esme:pdu`: a PDU was received or is about to be written. Without its content. */
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

/** On the channel `esme:response`: a request of this side was answered or timed out. */
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

/** Any logger with these four methods, for example pino's. It never gets passwords or message text. */
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

/** What {@link Reporter} works with. */
export interface ReporterInit {
  /** The session: its listeners get the events. */
  readonly emitter: Pick<EventEmitter, "rawListeners">;
  readonly name: string;
  readonly stats: Stats;
  readonly logger: Logger;
  readonly logPdus: LogPdus;
}

/** Reports for one session. */
export class Reporter {
  readonly #init: ReporterInit;

  constructor(init: ReporterInit) {
    this.#init = init;
  }

  /** A PDU was received, or is about to be written. */
  pdu(direction: Direction, command: string, frame: Uint8Array): void {
    const { name, stats, logPdus } = this.#init;
    if (command === "malformed") stats.malformed++;
    else stats.countPdu(direction, command);
    if (pdus.hasSubscribers) {
      const { command_status, sequence_number } = headerOf(frame);
      const octets = frame.length;
      const session = name;
      const notice = { session, direction, command, command_status, sequence_number, octets };
      pdus.publish(notice satisfies PduNotice);
    }
    if (logPdus === "none") return;
    const pdu = describe(frame, logPdus === "content");
    const verb = direction === "in" ? "received" : "sent";
    this.#init.logger.debug({ direction, command, pdu }, `${verb} ${command}`);
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

  /** The session reached another state. */
  state(state: SessionState): void {
    const notice: StateNotice = { session: this.#init.name, state };
    if (states.hasSubscribers) states.publish(notice);
  }

  /** The peer asked to slow down. */
  throttled(error: StatusError, until: number): void {
    const delay = Math.round(until - performance.now());
    this.#init.stats.throttled++;
    this.#init.logger.warn({ status: error.statusName, delay }, "the peer asks to slow down");
    this.emit("throttled", error, until);
  }

  /** A response came that no request waited for. */
  stray(pdu: Pdu, late: boolean): void {
    const { stats, logger } = this.#init;
    const { command, sequence_number } = pdu;
    const what = late
      ? "a response came after its request had timed out"
      : "a response came that no request waits for";
    stats.stray++;
    logger.warn({ command, sequence_number, late }, what);
    this.emit("stray", pdu, late);
  }

  /** A PDU of the peer broke a rule and was taken all the same. */
  tolerated(problem: PduError | LinkError): void {
    this.#init.stats.tolerated++;
    this.#init.logger.warn({ err: problem }, `tolerated: ${problem.message}`);
    this.emit("tolerated", problem);
  }

  /** Something failed that the session survived. */
  readonly error = (error: Error): void => {
    const { logger, emitter } = this.#init;
    logger.warn({ err: error }, error.message);
    emitTo(emitter, "error", [error], (err) =>
      logger.error({ err }, `a listener of the event error failed: ${err.message}`),
    );
  };

  /** Emits any event but `error`. The TLVs of a PDU are those of the session's codec. */
  emit<E extends keyof SessionEvents>(event: E, ...args: SessionEvents[E]): void {
    emitTo(this.#init.emitter, event, args, this.error);
  }
}

/** A PDU in one line. Never passwords; without `content` the sizes of addresses, ids and texts. */
function describe(frame: Uint8Array, content: boolean): string {
  const { command_status, sequence_number } = headerOf(frame);
  const { command = "unknown", fields, problems } = dissect(frame);
  const start = `${command} ${sequence_number} ${statusName(command_status)}`;
  const rest = fields.map((field) => `${nameOf(field)}=${shownValue(field, content)}`);
  return [start, ...rest, ...problems.map((problem) => `! ${problem}`)].join(", ");
}

function nameOf({ name, tag }: DissectedField): string {
  return name ?? hexNumber(Number(tag), 4);
}

function shownValue({ value, privacy }: DissectedField, content: boolean): string {
  if (typeof value === "number") return String(value);
  if (privacy === "secret") return "(hidden)";
  const isString = typeof value === "string";
  if (privacy === "personal" && !content) {
    return `${value.length} ${isString ? "characters" : "octets"}`;
  }
  if (isString) return JSON.stringify(value);
  const isText = value.length > 0 && value.every((octet) => octet >= 0x20 && octet < 0x7f);
  return isText
    ? JSON.stringify(new TextDecoder().decode(value))
    : Buffer.from(value).toString("hex");
}

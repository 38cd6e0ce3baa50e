/** The requests of the peer: handed to the callbacks, and answered with what those return. */
import {
  type Codec,
  type CommandName,
  commands,
  type FrameError,
  isFrameError,
  isPduError,
  type Pdu,
  type PduInput,
  Status,
  statusName,
} from "@esme/pdu";
import { type CallbackTable, isPromise, noAnswer } from "./callbacks.ts";
import { asError, LinkError } from "./errors.ts";
import { headerOf } from "./frame.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { type Lifecycle, messageCommands, stateBoundBy } from "./lifecycle.ts";
import type { Settings } from "./options.ts";
import type { Logger, Reporter } from "./reporter.ts";
import type { Stats } from "./stats.ts";

/**
 * Takes received requests beside their callbacks. The answer waits for its result: false means that
 * the reader did not take the request.
 */
export type Reader = (pdu: Pdu) => boolean | Promise<boolean>;

/** What {@link InboundRequests} works with. */
export interface InboundRequestsInit {
  readonly codec: Codec;
  readonly callbacks: CallbackTable;
  readonly writer: FrameWriter;
  readonly stats: Stats;
  readonly settings: Settings;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly reporter: Reporter;
  /** Called after a request was answered; with the answer, its command_status included. */
  readonly onAnswered: (pdu: Pdu, response: PduInput) => void;
  /** Called when a request is done: there is room for more. */
  readonly afterWork: () => void;
}

/** Octets of waiting requests that stop the reading: each may be as long as a PDU can be. */
const BACKLOG_OCTETS = 1 << 20;

/** A request that waits for a callback. */
interface Waiting {
  readonly request: Pdu | Malformed;
  readonly octets: number;
}

/**
 * Everything between a received request and its response. So many requests are with the callbacks at
 * one time; the others wait, in the order of their arrival.
 */
export class InboundRequests {
  readonly #init: InboundRequestsInit;
  #reader: Reader | undefined = undefined;
  #running = 0;
  #waiting: Waiting[] = [];
  /** Of the requests that wait. */
  #waitingOctets = 0;

  constructor(init: InboundRequestsInit) {
    this.#init = init;
  }

  /** Requests that callbacks work on. */
  get running(): number {
    return this.#running;
  }

  /** Requests that wait for a callback. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether no more should be read. */
  get full(): boolean {
    const { inboundBacklog } = this.#init.settings;
    return this.#waiting.length >= inboundBacklog || this.#waitingOctets >= BACKLOG_OCTETS;
  }

  /** See `Session.setReader`. */
  setReader(reader: Reader | undefined): void {
    this.#reader = reader;
  }

  /** A request of so many octets came: it is refused for its state, or answered by its callback. */
  receive(pdu: Pdu, octets: number): void {
    const { lifecycle, logger, reporter, callbacks } = this.#init;
    const { command } = pdu;
    const refusal = lifecycle.refusalOf(command);
    const isTolerated = refusal !== undefined && lifecycle.tolerates(command);
    if (refusal !== undefined && !isTolerated) {
      logger.warn({ command, state: lifecycle.state }, "refused: unknown, or wrong state");
      // all_commands sees unknown commands; a request that is refused for its state does nothing.
      if (command === "unknown") callbacks.show(pdu, "in");
      this.#answer(pdu, { command_status: refusal });
      return;
    }
    if (isTolerated) {
      const what = `${command} came in state ${lifecycle.state}, where an SMSC may not send it; it was taken`;
      reporter.tolerated(new LinkError("wrong_state", what));
    }
    if (command !== "unknown" && stateBoundBy(command) !== undefined) {
      lifecycle.beginBind(pdu);
      lifecycle.notePeerVersion(pdu);
    }
    // These keep and end the session: they are answered however busy the callbacks are.
    if (isControl(pdu)) void this.#serve(pdu);
    else this.#enter(pdu, octets);
  }

  /** A request that could not be decoded came: the callback `malformed` may take it, else it is refused. */
  receiveMalformed(frame: Uint8Array, error: Error): void {
    const { callbacks, lifecycle } = this.#init;
    const request = new Malformed(frame, error);
    const { command } = request;
    const isAllowed =
      command !== undefined &&
      (lifecycle.refusalOf(command) === undefined || lifecycle.tolerates(command));
    if (callbacks.malformed === undefined || !isAllowed) this.#answerMalformed(request, undefined);
    else this.#enter(request, frame.length);
  }

  /** Answers octets whose length cannot be trusted (SMPP 3.4 section 3.3). */
  refuseFrame({ command_status, sequence_number }: FrameError): void {
    if (!this.#mayAnswer()) return;
    const pdu = { command: "generic_nack", command_status, sequence_number } as const;
    this.#write(this.#init.codec.encode(pdu), pdu.command);
  }

  /** Drops the requests that wait; those with callbacks go on. */
  clear(): void {
    this.#waiting = [];
    this.#waitingOctets = 0;
  }

  #enter(request: Pdu | Malformed, octets: number): void {
    if (this.#running < this.#init.settings.inboundConcurrency) {
      this.#start(request);
      return;
    }
    this.#waiting.push({ request, octets });
    this.#waitingOctets += octets;
  }

  #start(request: Pdu | Malformed): void {
    const done =
      request instanceof Malformed ? this.#serveMalformed(request) : this.#serve(request);
    if (done === undefined) return;
    this.#running++;
    void done.then(this.#onDone); // it never rejects
  }

  readonly #onDone = (): void => {
    this.#running--;
    // A callback that answers at once takes no place: one free place may serve several requests.
    while (this.#running < this.#init.settings.inboundConcurrency) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#waitingOctets -= next.octets;
      this.#start(next.request);
    }
    this.#init.afterWork();
  };

  /** Calls the callback and answers with what it returns. Never rejects. */
  #serve(pdu: Pdu): Promise<void> | undefined {
    const { callbacks } = this.#init;
    callbacks.showToAll(pdu, "in");
    const callback = callbacks.get(pdu.command);
    let answer: unknown;
    try {
      answer = callback?.(pdu, "in");
      const taken = isControl(pdu) || (this.#reader?.(pdu) ?? false);
      if (isPromise(taken)) answer = this.#answerWhenTaken(pdu, answer, taken);
      else if (!taken && callback === undefined) answer = this.#answerOfNobody(pdu);
    } catch (error) {
      this.#answerError(pdu, error);
      return undefined;
    }
    if (!isPromise(answer)) {
      this.#answer(pdu, answer);
      return undefined;
    }
    return Promise.resolve(answer).then(
      (late) => this.#answer(pdu, late),
      (error) => this.#answerError(pdu, error),
    );
  }

  /** The same for octets that are no PDU. Never rejects. */
  #serveMalformed(request: Malformed): Promise<void> | undefined {
    const { callbacks, reporter } = this.#init;
    const refuse = (thrown: unknown): void => {
      reporter.error(asError(thrown));
      this.#answerMalformed(request, statusOf(thrown));
    };
    try {
      const answer: unknown = callbacks.malformed?.(request.frame, request.error);
      if (!isPromise(answer)) {
        this.#answerMalformed(request, answer);
        return undefined;
      }
      return Promise.resolve(answer)
        .then((late) => this.#answerMalformed(request, late))
        .catch(refuse);
    } catch (thrown) {
      refuse(thrown);
      return undefined;
    }
  }

  /** Answers with this status, or with that of the error; by the command's own response if it is known. */
  #answerMalformed({ command, error, sequence_number }: Malformed, answer: unknown): void {
    const response = command === undefined ? "generic_nack" : commands[command].response;
    if (response === null || !this.#mayAnswer()) return;
    const refusal = isPduError(error) ? error.command_status : Status.ESME_RSYSERR;
    const command_status = typeof answer === "number" ? answer : refusal;
    const pdu: PduInput = { command: response, command_status, sequence_number };
    this.#write(this.#init.codec.encode(pdu), response);
  }

  async #answerWhenTaken(pdu: Pdu, answer: unknown, taken: Promise<boolean>): Promise<unknown> {
    const [given, wasTaken] = await Promise.all([answer, taken]);
    if (wasTaken || this.#init.callbacks.get(pdu.command) !== undefined) return given;
    return this.#answerOfNobody(pdu);
  }

  /** The answer to a request that neither a callback nor the reader took. */
  #answerOfNobody({ command }: Pdu): number {
    const { stats, settings, lifecycle, logger } = this.#init;
    stats.unhandled++;
    if (settings.unhandled === "accept" || !messageCommands.has(command)) return Status.ESME_ROK;
    const status = lifecycle.role === "esme" ? Status.ESME_RX_T_APPN : Status.ESME_RSYSERR;
    if (!stats.hasWarnedOfLoss) {
      stats.hasWarnedOfLoss = true;
      logger.warn(
        { command, status: statusName(status) },
        `${command} is refused, because nobody takes it and ESME_ROK would lose the message: set a callback ${command}, or unhandled: "accept"`,
      );
    }
    return status;
  }

  /** Whether a response may still be written; one that may not is counted. */
  #mayAnswer(): boolean {
    const { lifecycle, stats } = this.#init;
    if (lifecycle.mayAnswer) return true;
    stats.unanswered++;
    return false;
  }

  #answer(pdu: Pdu, answer: unknown): void {
    const { lifecycle, codec, onAnswered } = this.#init;
    const command = responseNameOf(pdu);
    if (answer === noAnswer || command === null || !this.#mayAnswer()) {
      lifecycle.endBind(pdu);
      return;
    }
    let frame: Uint8Array;
    let response: PduInput;
    try {
      // The command comes first: then V8 gives the object a hidden class (see Client). That the fields
      // belong to this response is checked by encode; a callback may be JavaScript.
      response = { command, ...fieldsOf(answer) } as PduInput;
      response.command_status ??= Status.ESME_ROK;
      frame = lifecycle.frameForPeer(codec.encode(response, pdu.sequence_number));
    } catch (error) {
      this.#answerError(pdu, error);
      return;
    }
    this.#write(frame, command);
    lifecycle.endBind(pdu);
    onAnswered(pdu, response);
  }

  #answerError(pdu: Pdu, thrown: unknown): void {
    this.#init.reporter.error(asError(thrown));
    this.#answer(pdu, { command_status: statusOf(thrown) });
  }

  #write(frame: Uint8Array, command: CommandName): void {
    this.#init.writer.add(frame, command);
    this.#init.writer.schedule();
  }
}

/** A request that could not be decoded. */
class Malformed {
  readonly frame: Uint8Array;
  readonly error: Error;
  /** Undefined for a command_id that no version has. */
  readonly command: CommandName | undefined;
  readonly sequence_number: number;

  constructor(frame: Uint8Array, error: Error) {
    const { command_id, sequence_number } = headerOf(frame);
    this.frame = frame;
    this.error = error;
    this.command = nameById.get(command_id);
    this.sequence_number = sequence_number;
  }
}

const nameById: ReadonlyMap<number, CommandName> = new Map(
  // The keys of the table are the names of the commands; Object.entries forgets it.
  (Object.entries(commands) as [CommandName, { id: number }][]).map(([name, { id }]) => [id, name]),
);

/** Requests that are answered at once, and that no reader gets. */
function isControl({ command }: Pdu): boolean {
  return command === "enquire_link" || command === "unbind";
}

function responseNameOf({ command }: Pdu): CommandName | null {
  return command === "unknown" ? "generic_nack" : commands[command].response;
}

/** What a callback returned, as fields of the response. Throws TypeError for what is no answer. */
function fieldsOf(answer: unknown): { command_status?: number } {
  if (typeof answer === "number") return { command_status: answer };
  if (answer === undefined || answer === null) return { command_status: Status.ESME_ROK };
  if (typeof answer === "object" && !("command" in answer)) return answer;
  throw new TypeError(
    `a callback returned ${typeof answer === "object" ? "a whole PDU" : `a ${typeof answer}`}: expected nothing, a command_status, or fields of the response`,
  );
}

/** The command_status of a thrown error; not of PduError and FrameError, whose status is about a peer's PDU. */
function statusOf(thrown: unknown): number {
  if (isPduError(thrown) || isFrameError(thrown)) return Status.ESME_RSYSERR;
  const status: unknown =
    typeof thrown === "object" && thrown !== null && "command_status" in thrown
      ? thrown.command_status
      : undefined;
  const usable = Number.isInteger(status) && Number(status) > 0 && Number(status) <= 0xffff_ffff;
  return usable ? Number(status) : Status.ESME_RSYSERR;
}

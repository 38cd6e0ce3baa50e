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
import { type CallbackTable, type Direction, noAnswer } from "./callbacks.ts";
import { asError, LinkError } from "./errors.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { Inbox } from "./inbox.ts";
import { carriesMessage, type Lifecycle, stateBoundBy } from "./lifecycle.ts";
import type { Settings } from "./options.ts";
import type { Stats } from "./stats.ts";
import type { Logger } from "./trace.ts";
import { callUser, isPromise } from "./user-code.ts";

/** Takes received requests beside their callbacks. The answer waits for its result: false means "not taken". */
export type Reader = (pdu: Pdu) => boolean | Promise<boolean>;

/** What {@link InboundRequests} works with. */
export interface InboundRequestsInit {
  readonly codec: Codec;
  readonly callbacks: CallbackTable;
  readonly writer: FrameWriter;
  readonly stats: Stats;
  readonly settings: Pick<Settings, "inboundConcurrency" | "inboundBacklog" | "unhandled">;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  /** A request broke a rule and was taken all the same. */
  readonly onTolerated: (problem: LinkError) => void;
  /** A request was answered; with what, its command_status always among it. */
  readonly onAnswered: (pdu: Pdu, response: PduInput) => void;
  /** A request was finished, there is room for others. */
  readonly onRoom: () => void;
  /** A callback threw, or its answer could not be encoded. */
  readonly onError: (error: Error) => void;
}

/** Everything between a received request and its response. */
export class InboundRequests {
  readonly #init: InboundRequestsInit;
  readonly #inbox: Inbox<Pdu | Malformed>;
  #reader: Reader | undefined = undefined;

  constructor(init: InboundRequestsInit) {
    this.#init = init;
    const { inboundConcurrency: concurrency, inboundBacklog: backlog } = init.settings;
    const serve = (request: Pdu | Malformed) =>
      request instanceof Malformed ? this.#serveMalformed(request) : this.#serve(request);
    this.#inbox = new Inbox({ concurrency, backlog }, serve, init.onRoom);
  }

  /** Requests with the callbacks now. */
  get running(): number {
    return this.#inbox.running;
  }

  /** Requests that wait for the callbacks. */
  get waiting(): number {
    return this.#inbox.waiting;
  }

  /** Whether no more should be read. */
  get full(): boolean {
    return this.#inbox.full;
  }

  setReader(reader: Reader | undefined): void {
    this.#reader = reader;
  }

  /** A request of so many octets came: refused for the state, or answered by its callback. */
  receive(pdu: Pdu, octets: number): void {
    const { lifecycle, logger, onTolerated } = this.#init;
    const { command } = pdu;
    const refusal = lifecycle.refusalOf(command);
    const isTolerated = refusal !== undefined && lifecycle.tolerates(command);
    if (refusal !== undefined && !isTolerated) {
      logger.warn({ command, state: lifecycle.state }, "refused: unknown, or wrong state");
      // An unknown command is shown to whoever watches all; one that is refused for its state does nothing.
      if (command === "unknown") this.show(pdu, "in");
      this.#answer(pdu, { command_status: refusal });
      return;
    }
    if (isTolerated) {
      const what = `${command} came in state ${lifecycle.state}, where an SMSC may not send it; it was taken`;
      onTolerated(new LinkError("wrong_state", what));
    }
    if (command !== "unknown" && stateBoundBy(command) !== undefined) {
      lifecycle.beginBind(pdu);
      lifecycle.hear(pdu);
    }
    // These keep and end the session: they are answered however busy the callbacks are.
    if (isControl(pdu)) void this.#serve(pdu);
    else this.#inbox.add(pdu, octets);
  }

  /** A request that could not be decoded: the callback `malformed` may take it, else it is refused. */
  receiveMalformed(frame: Uint8Array, error: Error): void {
    const { callbacks, lifecycle } = this.#init;
    const request = new Malformed(frame, error);
    const { command } = request;
    const isAllowed =
      command !== undefined &&
      (lifecycle.refusalOf(command) === undefined || lifecycle.tolerates(command));
    if (callbacks.malformed === undefined || !isAllowed) this.#answerMalformed(request, undefined);
    else this.#inbox.add(request, frame.length);
  }

  /** The lengths of the peer's octets cannot be trusted (SMPP 3.4 section 3.3). */
  refuseFrame({ command_status, sequence_number }: FrameError): void {
    if (!this.#mayAnswer()) return;
    const pdu = { command: "generic_nack", command_status, sequence_number } as const;
    this.#write(this.#init.codec.encode(pdu), pdu.command);
  }

  /** Shows a PDU to the callbacks, whose return value does not count. */
  show(pdu: Pdu, direction: Direction): void {
    this.#showAll(pdu, direction);
    const callback = this.#init.callbacks.get(pdu.command);
    if (callback !== undefined) callUser(() => callback(pdu, direction), this.#init.onError);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#inbox.clear();
  }

  #showAll(pdu: Pdu, direction: Direction): void {
    const { all } = this.#init.callbacks;
    if (all !== undefined) callUser(() => all(pdu, direction), this.#init.onError);
  }

  /** Calls the callback and answers with what it returns. Never rejects. */
  #serve(pdu: Pdu): Promise<void> | undefined {
    this.#showAll(pdu, "in");
    const callback = this.#init.callbacks.get(pdu.command);
    let answer: unknown;
    try {
      answer = callback?.(pdu, "in");
      const taken = this.#offer(pdu);
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
    const { callbacks, onError } = this.#init;
    const refuse = (thrown: unknown): void => {
      onError(asError(thrown));
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

  /** Answers with this status, or as the error says; in its own response if the command is known. */
  #answerMalformed({ command, error, sequence_number }: Malformed, answer: unknown): void {
    const response = command === undefined ? "generic_nack" : commands[command].response;
    if (response === null || !this.#mayAnswer()) return;
    const refusal = isPduError(error) ? error.command_status : Status.ESME_RSYSERR;
    const command_status = typeof answer === "number" ? answer : refusal;
    const pdu: PduInput = { command: response, command_status, sequence_number };
    this.#write(this.#init.codec.encode(pdu), response);
  }

  /** Offers a request to the reader: whether that took it. */
  #offer(pdu: Pdu): boolean | Promise<boolean> {
    if (isControl(pdu)) return true;
    return this.#reader?.(pdu) ?? false;
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
    if (settings.unhandled === "accept" || !carriesMessage(command)) return Status.ESME_ROK;
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

  /** Whether anything may still be answered; what may not is counted. */
  #mayAnswer(): boolean {
    const { lifecycle, stats } = this.#init;
    if (lifecycle.state === "OPEN" || lifecycle.isBound) return true;
    stats.unanswered++;
    return false;
  }

  #answer(pdu: Pdu, answer: unknown): void {
    const command = responseNameOf(pdu);
    if (answer === noAnswer || command === null || !this.#mayAnswer()) {
      this.#init.lifecycle.endBind(pdu);
      return;
    }
    let frame: Uint8Array;
    let response: PduInput;
    try {
      // The command stands first: V8 then makes an object with a shape (see Client). That the fields
      // belong to this response is for encode to check; a callback may be JavaScript.
      response = { command, ...fieldsOf(answer) } as PduInput;
      response.command_status ??= Status.ESME_ROK;
      frame = this.#init.lifecycle.fit(this.#init.codec.encode(response, pdu.sequence_number));
    } catch (error) {
      this.#answerError(pdu, error);
      return;
    }
    this.#write(frame, command);
    this.#init.lifecycle.endBind(pdu);
    this.#init.onAnswered(pdu, response);
  }

  #answerError(pdu: Pdu, thrown: unknown): void {
    this.#init.onError(asError(thrown));
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
    const header = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    this.frame = frame;
    this.error = error;
    this.command = nameById.get(header.getUint32(4));
    this.sequence_number = header.getUint32(12);
  }
}

const nameById: ReadonlyMap<number, CommandName> = new Map(
  // The keys of the table are the names of the commands; Object.entries forgets it.
  (Object.entries(commands) as [CommandName, { id: number }][]).map(([name, { id }]) => [id, name]),
);

/** Requests that are answered at once. */
function isControl({ command }: Pdu): boolean {
  return command === "enquire_link" || command === "unbind";
}

function responseNameOf({ command }: Pdu): CommandName | null {
  return command === "unknown" ? "generic_nack" : commands[command].response;
}

/** What a callback returned, as fields of the response. Throws for what cannot be meant. */
function fieldsOf(answer: unknown): { command_status?: number } {
  if (typeof answer === "number") return { command_status: answer };
  if (answer === undefined || answer === null) return { command_status: Status.ESME_ROK };
  if (typeof answer === "object" && !("command" in answer)) return answer;
  throw new TypeError(
    `a callback returned ${typeof answer === "object" ? "a whole PDU" : `a ${typeof answer}`}: expected nothing, a command_status, or fields of the response`,
  );
}

/** The command_status that a thrown error asks for; not one of ours, whose status is about the peer. */
function statusOf(thrown: unknown): number {
  if (isPduError(thrown) || isFrameError(thrown)) return Status.ESME_RSYSERR;
  const status: unknown =
    typeof thrown === "object" && thrown !== null && "command_status" in thrown
      ? thrown.command_status
      : undefined;
  const usable = Number.isInteger(status) && Number(status) > 0 && Number(status) <= 0xffff_ffff;
  return usable ? Number(status) : Status.ESME_RSYSERR;
}

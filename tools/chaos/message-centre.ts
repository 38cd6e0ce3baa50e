/** The SMSC of a run: counts what it takes, and lets phones write. */
import { setTimeout as passed } from "node:timers/promises";
import { type PduOf, Status } from "@esme/pdu";
import { readUdh } from "@esme/sm-split";
import { Smsc, type SmscSession } from "@esme/smsc";
import { numberOf } from "./application.ts";
import type { Count } from "./count.ts";

/** Milliseconds that an answer to submit_sm takes at most, so that many are open at any time. */
const slowest = 15;

type Submission = PduOf<"submit_sm" | "submit_multi" | "data_sm">;

/** In esm_class: short_message begins with a header (SMPP 3.4, 5.2.12). */
const udhi = 0x40;

export class MessageCentre {
  readonly #smsc: Smsc;
  readonly #count: Count;
  #answered = 0;
  /** The command_status of every answer to a submit_sm; undefined: it is taken. */
  refusal: number | undefined;

  private constructor(count: Count) {
    this.#count = count;
    this.#smsc = new Smsc({
      port: 0,
      retryDelay: 100,
      attempts: 1_000_000,
      requestTimeout: 5_000,
      receiptDelay: [50, 2_000],
      enquireLinkInterval: 2_000,
      window: 100,
      // Nobody asks about messages afterwards.
      storeLimit: 0,
      onSubmit: (pdu) => this.#take(pdu),
    });
  }

  /** Starts it on a free port. */
  static async start(count: Count): Promise<MessageCentre> {
    const centre = new MessageCentre(count);
    await centre.#smsc.listen();
    return centre;
  }

  get port(): number {
    return this.#smsc.port;
  }

  /** The sessions of the workers. */
  get sessions(): readonly SmscSession[] {
    return this.#smsc.sessions.filter(({ isBound }) => isBound);
  }

  /** A phone writes a text; each fifth takes two parts. Resolves when it was answered or given up. */
  async write(): Promise<void> {
    const number = this.#count.text();
    const text = `text ${number} `;
    const from = `2783${String(number).padStart(8, "0")}`;
    try {
      const answers = await this.#smsc.deliver({
        from,
        to: "4711",
        text: number % 5 === 0 ? text.padEnd(200, ".") : text,
      });
      if (answers.every(({ command_status }) => command_status === Status.ESME_ROK)) {
        this.#count.taken(number);
      }
    } catch {
      // Given up: it may have arrived or not.
    }
  }

  close(): Promise<void> {
    return this.#smsc.close();
  }

  async #take(pdu: Submission): Promise<number | undefined> {
    if (this.refusal !== undefined) return this.refusal;
    if (pdu.command === "submit_sm") {
      this.#count.submit(numberOf(pdu.destination_addr), partOf(pdu));
    }
    this.#answered += 1;
    await passed(1 + (this.#answered % slowest));
    return undefined;
  }
}

/** Which part of its message it is, from 1. */
function partOf({ esm_class, short_message }: PduOf<"submit_sm">): number {
  return (esm_class & udhi) === 0 ? 1 : (readUdh(short_message).concat?.sequence ?? 1);
}

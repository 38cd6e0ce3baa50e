/** The SMSC of a run: counts what it takes, and lets phones write. */
import { setTimeout as passed } from "node:timers/promises";
import { type PduOf, Status } from "@esme/pdu";
import { readUdh } from "@esme/sm-split";
import { Smsc, type SmscSession } from "@esme/smsc";
import { numberOf } from "./application.ts";
import type { Count } from "./count.ts";

/** Milliseconds that an answer to submit_sm takes at most, so that many are open at any time. */
const slowest = 15;

/** The command_status that a submit_sm is refused with; undefined: it is taken. */
export type Judge = () => number | undefined;

/** In esm_class: short_message begins with a header (SMPP 3.4, 5.2.12). */
const udhi = 0x40;

/** Starts it on a free port. */
export async function startMessageCentre(
  count: Count,
  judge: Judge = () => undefined,
): Promise<MessageCentre> {
  let answered = 0;
  const smsc = new Smsc({
    port: 0,
    retryDelay: 100,
    attempts: 1_000_000,
    requestTimeout: 5_000,
    receiptDelay: [50, 2_000],
    enquireLinkInterval: 2_000,
    window: 100,
    // Nobody asks about messages afterwards.
    storeLimit: 0,
    onSubmit: async (pdu) => {
      const refusal = judge();
      if (refusal !== undefined) return refusal;
      if (pdu.command === "submit_sm") count.submit(numberOf(pdu.destination_addr), partOf(pdu));
      answered += 1;
      await passed(1 + (answered % slowest));
      return undefined;
    },
  });
  return new MessageCentre(await smsc.listen(), count);
}

export class MessageCentre {
  readonly #smsc: Smsc;
  readonly #count: Count;

  constructor(smsc: Smsc, count: Count) {
    this.#smsc = smsc;
    this.#count = count;
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
}

/** Which part of its message it is, from 1. */
function partOf({ esm_class, short_message }: PduOf<"submit_sm">): number {
  return (esm_class & udhi) === 0 ? 1 : (readUdh(short_message).concat?.sequence ?? 1);
}

/** The SMSC of a run: counts what it takes, and lets phones write. */
import { setTimeout as passed } from "node:timers/promises";
import { Status } from "@esme/pdu";
import { Smsc, type SmscSession } from "@esme/smsc";
import { numberOf } from "./application.ts";
import type { Count } from "./count.ts";

/** Milliseconds that an answer to submit_sm takes at most, so that many are open at any time. */
const slowest = 15;

/** Starts it on a free port. */
export async function startMessageCentre(count: Count): Promise<MessageCentre> {
  let answered = 0;
  const smsc = new Smsc({
    port: 0,
    retryDelay: 100,
    attempts: 1_000_000,
    requestTimeout: 5_000,
    receiptDelay: [50, 2_000],
    enquireLinkInterval: 2_000,
    window: 20,
    onSubmit: async (pdu) => {
      if ("destination_addr" in pdu) count.submit(numberOf(pdu.destination_addr));
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

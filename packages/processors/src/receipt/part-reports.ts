/** One report for a message that was sent in parts, made of the reports of its parts. */

import type { SmppCache } from "@esme/caches";
import type { DeliveryStatus } from "@esme/messages";
import { JoinedMessages } from "../joined-messages.ts";
import type { Settle } from "../processor.ts";

/** Where a message or one of its parts has come to. */
export interface FinalState {
  status: DeliveryStatus;
  /** The word for it, as the SMSC gave it. */
  state: string;
}

/** What all parts together have come to. */
export interface WholeReport extends FinalState {
  /** Call it when it is known whether the report was published. */
  settle: Settle;
}

/**
 * Collects final states where the parts of inbound messages are collected, so that processes that
 * share a cache share this too: each part's state is kept under the message's id, and the process that adds
 * the last one gets them all.
 */
export class PartReports {
  readonly #joined: JoinedMessages;

  constructor(cache: SmppCache) {
    this.#joined = new JoinedMessages(cache);
  }

  /** The whole message's state once the last part has one: failed when one part failed. */
  async add(
    messageId: string,
    { part: sequence, total }: { part: number; total: number },
    final: FinalState,
  ): Promise<WholeReport | undefined> {
    const octets = new TextEncoder().encode(`${JSON.stringify([final.status, final.state])}\n`);
    const whole = await this.#joined.join({
      source: "receipts",
      destination: messageId,
      reference: 0,
      total,
      sequence,
      octets,
      kind: "report",
    });
    if (whole === undefined) return undefined;
    try {
      const states = new TextDecoder().decode(whole.octets).trimEnd().split("\n").map(readFinal);
      const { status, state } = states.find(({ status }) => status === "failed") ?? final;
      return { status, state, settle: whole.settle };
    } catch (error) {
      await whole.settle(false);
      throw error;
    }
  }
}

function readFinal(line: string): FinalState {
  const [status, state]: unknown[] = JSON.parse(line);
  return { status: status === "failed" ? "failed" : "delivered", state: String(state) };
}

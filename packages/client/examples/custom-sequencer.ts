// Sequence numbers of a sequencer written here, a range that two connections share:
// node --import tsx custom-sequencer.ts <host> <port> <system_id> <password>
import { Client } from "@esme/client";
import type { Sequencer } from "@esme/sequencers";

/** Counts from `first` to `last`, then again. May also return a promise, to ask a database. */
class RangeSequencer implements Sequencer {
  readonly #first: number;
  readonly #last: number;
  #next: number;

  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
    this.#next = first;
  }

  next(): number {
    const number = this.#next;
    this.#next = number === this.#last ? this.#first : number + 1;
    return number;
  }
}

const [host, port, system_id, password] = process.argv.slice(2);
const sequencer = new RangeSequencer(1_000, 1_999);
const links = [1, 2].map(
  () =>
    new Client({
      host,
      port: port === undefined ? undefined : Number(port),
      bind: { mode: "transmitter", system_id, password },
      sequencer,
    }),
);
for (const link of links) {
  await link.connect();
  const { sequence_number } = await link.submitSm({
    destination_addr: "447937954654",
    short_message: Buffer.from("hello"),
  });
  console.log(`submit_sm had sequence_number ${sequence_number}`);
}
await Promise.all(links.map((link) => link.unbind()));

/**
 * The SMSC of the bench, a process of its own: ready-made octets with the numbers written in, since
 * a real SMSC would take a share of the two cores that then is not the workers'.
 */
import { createServer, type Socket } from "node:net";
import { encode } from "@esme/pdu";
import { Pauses } from "./pauses.ts";
import { answer } from "./process.ts";

/** How it serves from now on. */
export interface Behaviour {
  /** Milliseconds before a submit_sm is answered. */
  readonly latency: number;
  /** Whether each submit_sm is followed by a receipt, and on which bind: its own or the next one. */
  readonly receipts: "none" | "same bind" | "another bind";
  /** Bind requests wait until this is true: so a worker starts when its queue is full. */
  readonly open: boolean;
}

/** What it has seen since it was told how to behave. */
export interface Counts {
  /** submit_sm since its start. */
  readonly submitted: number;
  /** deliver_sm_resp with another status than 0. */
  readonly refused: number;
  /** Sequence numbers of submit_sm that had been used before, on whichever bind. */
  readonly repeated: number;
  /** Binds over which a submit_sm came. */
  readonly links: number;
}

const HEADER = 16;
const SUBMIT_SM = 0x4;
const DELIVER_SM_RESP = 0x80000005;
const UNBIND = 0x6;
const ENQUIRE_LINK = 0x15;
const binds: ReadonlySet<number> = new Set([0x1, 0x2, 0x9]);

const ready = {
  submitted: Buffer.from(encode({ command: "submit_sm_resp", message_id: "0000000000" })),
  enquired: Buffer.from(encode({ command: "enquire_link_resp" })),
  unbound: Buffer.from(encode({ command: "unbind_resp" })),
};
const bound = (command: number): Buffer => {
  const octets = Buffer.from(encode({ command: "bind_transceiver_resp", system_id: "bench" }));
  octets.writeUInt32BE((command | 0x80000000) >>> 0, 4);
  return octets;
};

const text = Buffer.alloc(100, "The quick brown fox jumps over the lazy dog. ");
const addresses = { source_addr: "27820001001", destination_addr: "4711" };
const mobileOriginated = Buffer.from(
  encode({ command: "deliver_sm", ...addresses, short_message: text }),
);

/** The last digit of the number decides, so that a report for another message is noticed. */
export function stateOf(address: string): "DELIVRD" | "UNDELIV" {
  return Number(address.at(-1)) % 2 === 0 ? "DELIVRD" : "UNDELIV";
}

function receiptFor(message_id: string, address: string): Buffer {
  const body = `id:${message_id} sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:${stateOf(address)} err:000 text:`;
  return Buffer.from(
    encode({
      command: "deliver_sm",
      source_addr: address,
      destination_addr: "4711",
      esm_class: 0x04,
      short_message: Buffer.from(body),
    }),
  );
}

/** When submit_sm come. */
const pauses = new Pauses();
let behaviour: Behaviour = { latency: 0, receipts: "none", open: true };
let ids = 0;
let refused = 0;
let repeated = 0;
let numbers = new Set<number>();
let used = new Set<Link>();
/** Those that have asked to bind. */
const links: Link[] = [];
const waitingForBind: (() => void)[] = [];

/** One ESME. */
class Link {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #sequence = 0;
  #out: Buffer[] = [];
  /** Is told of each deliver_sm_resp. */
  onAnswer = (): void => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (links.includes(this)) links.splice(links.indexOf(this), 1);
    });
    socket.on("data", (chunk) => this.#read(chunk));
  }

  /** Queues a ready-made request with this link's next number; `flush` writes. */
  request(octets: Buffer): void {
    const own = Buffer.from(octets);
    own.writeUInt32BE(++this.#sequence, 12);
    this.#out.push(own);
  }

  flush(): void {
    if (this.#out.length === 0) return;
    this.#socket.write(Buffer.concat(this.#out));
    this.#out = [];
  }

  #read(chunk: Buffer): void {
    const octets = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const answers: Buffer[] = [];
    const receipts: Buffer[] = [];
    let at = 0;
    while (at + HEADER <= octets.length && at + octets.readUInt32BE(at) <= octets.length) {
      const end = at + octets.readUInt32BE(at);
      this.#take(octets.subarray(at, end), answers, receipts);
      at = end;
    }
    this.#rest = octets.subarray(at);
    this.flush();
    if (answers.length === 0) return;
    const write = (): void => {
      this.#socket.write(Buffer.concat(answers));
      const { receipts: where } = behaviour;
      const other = links[(links.indexOf(this) + 1) % links.length] ?? this;
      const target = where === "another bind" ? other : this;
      for (const receipt of receipts) target.request(receipt);
      target.flush();
    };
    if (behaviour.latency === 0) write();
    else setTimeout(write, behaviour.latency);
  }

  #take(frame: Buffer, answers: Buffer[], receipts: Buffer[]): void {
    const command = frame.readUInt32BE(4);
    if (command === DELIVER_SM_RESP) {
      if (frame.readUInt32BE(8) !== 0) refused += 1;
      this.onAnswer();
    } else if (command === SUBMIT_SM) {
      const number = frame.readUInt32BE(12);
      if (numbers.has(number)) repeated += 1;
      numbers.add(number);
      pauses.mark();
      used.add(this);
      const id = String(++ids).padStart(10, "0");
      const response = numbered(ready.submitted, frame);
      response.write(id, HEADER, "latin1");
      answers.push(response);
      if (behaviour.receipts !== "none") receipts.push(receiptFor(id, destinationOf(frame)));
    } else if (command === ENQUIRE_LINK) {
      this.#out.push(numbered(ready.enquired, frame));
    } else if (command === UNBIND) {
      this.#socket.end(numbered(ready.unbound, frame));
    } else if (binds.has(command)) {
      links.push(this);
      const response = numbered(bound(command), frame);
      const write = (): void => void this.#socket.write(response);
      if (behaviour.open) write();
      else waitingForBind.push(write);
    }
  }
}

function numbered(ready: Buffer, request: Buffer): Buffer {
  const response = Buffer.from(ready);
  request.copy(response, 12, 12, HEADER);
  return response;
}

/** The third C-octet string of the body, behind its TON and NPI (SMPP 3.4 section 4.4.1). */
function destinationOf(frame: Buffer): string {
  const source = frame.indexOf(0, HEADER) + 3;
  const destination = frame.indexOf(0, source) + 3;
  return frame.toString("latin1", destination, frame.indexOf(0, destination));
}

/** Delivers ready-made requests over one link, so many unanswered at a time; gives back the rate. */
function deliver(link: Link, count: number, window: number): Promise<number> {
  return new Promise((resolve) => {
    const start = performance.now();
    let sent = 0;
    let answered = 0;
    const fill = (): void => {
      while (sent < count && sent - answered < window) {
        link.request(mobileOriginated);
        sent += 1;
      }
    };
    link.onAnswer = () => {
      answered += 1;
      fill();
      if (answered === count) resolve(count / ((performance.now() - start) / 1000));
    };
    fill();
    link.flush();
  });
}

/** A message in two parts, each over another link. */
function deliverInParts(reference: number, first: Link, second: Link): void {
  for (const [index, link] of [first, second].entries()) {
    const header = [5, 0, 3, reference & 0xff, 2, index + 1];
    const short_message = Buffer.concat([Buffer.from(header), text]);
    const source_addr = `2782000${String(reference).padStart(4, "0")}`;
    link.request(
      Buffer.from(
        encode({
          command: "deliver_sm",
          source_addr,
          destination_addr: "4711",
          esm_class: 0x40,
          short_message,
        }),
      ),
    );
    link.flush();
  }
}

const server = createServer({ noDelay: true }, (socket) => new Link(socket));

answer({
  listen: () =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" ? address?.port : undefined);
      });
    }),
  behave: (next: Behaviour) => {
    behaviour = next;
    refused = 0;
    repeated = 0;
    numbers = new Set();
    used = new Set();
    if (behaviour.open) for (const bind of waitingForBind.splice(0)) bind();
  },
  /** Lets in who waits to be bound. */
  open: () => {
    behaviour = { ...behaviour, open: true };
    for (const bind of waitingForBind.splice(0)) bind();
  },
  links: () => links.length,
  deliver: ({ count, window }: { count: number; window: number }) => {
    const [link] = links;
    return link === undefined ? 0 : deliver(link, count, window);
  },
  deliverInParts: ({ count }: { count: number }) => {
    for (let reference = 0; reference < count; reference++) {
      const first = links[reference % links.length];
      const second = links[(reference + 1) % links.length];
      if (first && second) deliverInParts(reference, first, second);
    }
  },
  watch: () => pauses.begin(),
  longestPause: () => pauses.longest(),
  counts: (): Counts => ({ submitted: ids, refused, repeated, links: used.size }),
});

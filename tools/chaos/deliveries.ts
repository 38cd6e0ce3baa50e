/** What RabbitMQ delivers to the workers, read from the octets on their connections (AMQP 0-9-1). */

const frameKinds = { method: 1, header: 2 } as const;
/** Type, channel and size stand before the payload of a frame, one octet behind it. */
const [beforePayload, behindPayload] = [7, 1];
/** Class basic, method deliver. */
const basicDeliver = 0x003c_003c;
/** The header that a quorum queue puts on what it delivers again. */
const countHeader = Buffer.from("x-delivery-count");

/** Counts the deliveries of all connections that it reads. */
export class Deliveries {
  #all = 0;
  #again = 0;
  #highest = 0;

  /** Deliveries, those marked as redelivered, and the highest `x-delivery-count` on one of them. */
  get counts() {
    return { all: this.#all, again: this.#again, highestCount: this.#highest };
  }

  /** Counts from 0 again. */
  reset(): void {
    [this.#all, this.#again, this.#highest] = [0, 0, 0];
  }

  /** Reads one connection: what the broker says on it, in pieces of any size. */
  reader(): (octets: Buffer) => void {
    let rest: Buffer = Buffer.alloc(0);
    return (octets) => {
      rest = rest.length === 0 ? octets : Buffer.concat([rest, octets]);
      for (;;) {
        if (rest.length < beforePayload) return;
        const end = beforePayload + rest.readUInt32BE(3);
        if (rest.length < end + behindPayload) return;
        this.#frame(rest[0], rest.subarray(beforePayload, end));
        rest = rest.subarray(end + behindPayload);
      }
    };
  }

  #frame(kind: number | undefined, payload: Buffer): void {
    if (kind === frameKinds.method && payload.readUInt32BE(0) === basicDeliver) {
      this.#all += 1;
      if (isRedelivered(payload)) this.#again += 1;
    } else if (kind === frameKinds.header) {
      this.#highest = Math.max(this.#highest, deliveryCountOf(payload));
    }
  }
}

/** Behind class, method, consumer tag and delivery tag. */
function isRedelivered(payload: Buffer): boolean {
  const tagLength = payload.readUInt8(4);
  return payload.readUInt8(4 + 1 + tagLength + 8) === 1;
}

/** How often the message was delivered before; 0 where the queue does not count. */
function deliveryCountOf(header: Buffer): number {
  const at = header.indexOf(countHeader);
  if (at === -1) return 0;
  const type = at + countHeader.length;
  const kind = String.fromCharCode(header.readUInt8(type));
  switch (kind) {
    case "l":
      return Number(header.readBigInt64BE(type + 1));
    case "I":
      return header.readInt32BE(type + 1);
    default:
      throw new Error(`x-delivery-count: expected a field of type l or I, got ${kind}`);
  }
}

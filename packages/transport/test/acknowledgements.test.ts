import { setImmediate as turn } from "node:timers/promises";
import type { ConsumeMessage, Message } from "amqplib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Acknowledgements } from "../src/broker/acknowledgements.ts";

/** What a broker makes of the frames of one channel. */
class BrokerSide {
  readonly unacknowledged = new Set<number>();
  readonly requeued: number[] = [];
  frames = 0;

  deliver(deliveryTag: number): ConsumeMessage {
    this.unacknowledged.add(deliveryTag);
    const fields = { deliveryTag, redelivered: false, exchange: "", routingKey: "" };
    // The fields that acknowledging reads; the rest of a message is of no interest here.
    return { content: Buffer.alloc(0), fields, properties: {} } as unknown as ConsumeMessage;
  }

  ack({ fields: { deliveryTag } }: Message, allUpTo = false): void {
    this.frames += 1;
    expect(this.unacknowledged).toContain(deliveryTag);
    for (const tag of this.unacknowledged) {
      if (tag === deliveryTag || (allUpTo && tag < deliveryTag)) this.unacknowledged.delete(tag);
    }
  }

  nack({ fields: { deliveryTag } }: Message, allUpTo = false, requeue = true): void {
    expect({ allUpTo, requeue }).toEqual({ allUpTo: false, requeue: true });
    this.unacknowledged.delete(deliveryTag);
    this.requeued.push(deliveryTag);
  }
}

const step = fc.record({
  message: fc.nat(29),
  do: fc.constantFrom("ack", "ack", "ack", "requeue", "turn"),
});

test("whatever the order, the broker hears of exactly what is finished", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const broker = new BrokerSide();
      const acknowledgements = new Acknowledgements(broker, {
        onFrames: () => {},
        onNoneOpen: () => {},
      });
      const messages = Array.from({ length: 30 }, (_, tag) => broker.deliver(tag + 1));
      for (const message of messages) acknowledgements.add(message);
      const open = new Set(messages);
      const requeued: number[] = [];
      for (const { message: index, do: what } of steps) {
        const message = messages[index];
        if (what === "turn") await turn();
        else if (message && open.delete(message)) {
          acknowledgements[what](message);
          if (what === "requeue") requeued.push(message.fields.deliveryTag);
        }
      }
      await turn();
      expect([...broker.unacknowledged]).toEqual([...open].map(({ fields }) => fields.deliveryTag));
      expect(broker.requeued).toEqual(requeued);
    }),
  );
});

test("what one turn finishes in a row is one frame, and what is not in a row does not wait", async () => {
  const broker = new BrokerSide();
  const acknowledgements = new Acknowledgements(broker, {
    onFrames: () => {},
    onNoneOpen: () => {},
  });
  const messages = Array.from({ length: 100 }, (_, tag) => broker.deliver(tag + 1));
  for (const message of messages) acknowledgements.add(message);
  for (const message of messages) {
    if (message.fields.deliveryTag !== 99) acknowledgements.ack(message);
  }
  await turn();
  expect(broker.frames).toBe(2);
  expect([...broker.unacknowledged]).toEqual([99]);
});

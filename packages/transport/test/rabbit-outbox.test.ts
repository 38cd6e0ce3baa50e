/** What is published goes out in order, and meets its end, whatever the broker does. */
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Publish, PublishEnd } from "../src/broker/rabbit-link.ts";
import { Outbox, type OutboxLink } from "../src/broker/rabbit-outbox.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const timeout = 10_000;

/** A broker that does what the test says. */
class Script {
  readonly outbox = new Outbox({ timeout, declareQueues: true, onProblem: () => {} });
  readonly flying = new Set<Publish>();
  readonly numbers = new Map<Buffer, number>();
  readonly keys = new Map<number, string>();
  /** By number: what became of it. */
  readonly ends = new Map<number, "confirmed" | "rejected">();
  readonly confirmed = new Set<number>();
  readonly wrong: string[] = [];
  #published = 0;

  publish(key: string): void {
    const number = this.#published;
    this.#published += 1;
    const content = Buffer.from(String(number));
    this.numbers.set(content, number);
    this.keys.set(number, key);
    const end = (how: "confirmed" | "rejected") => () => void this.ends.set(number, how);
    this.outbox.publish(key, content).then(end("confirmed"), end("rejected"));
  }

  open(): void {
    const link: OutboxLink = {
      isOpen: true,
      publish: (publish) => this.#sent(publish),
      declareQueue: () => Promise.resolve(),
      renew: async () => {
        await Promise.resolve();
        // What is not confirmed in time is lost with the channel.
        for (const publish of this.flying) this.#end(publish, { kind: "lost" });
      },
    };
    this.outbox.open(link);
  }

  lose(): void {
    this.outbox.pause("the broker is not connected");
    for (const publish of this.flying) this.#end(publish, { kind: "lost" });
  }

  /** Answers one of those on their way. */
  answer(which: number, kind: "confirmed" | "returned" | "refused"): void {
    const all = [...this.flying];
    const publish = all[which % Math.max(1, all.length)];
    if (publish === undefined) return;
    if (kind === "confirmed") this.confirmed.add(this.#numberOf(publish));
    this.#end(publish, { kind });
  }

  #end(publish: Publish, end: PublishEnd): void {
    this.flying.delete(publish);
    publish.ended(end);
  }

  #numberOf({ content }: Publish): number {
    return this.numbers.get(content) ?? Number.NaN;
  }

  #sent(publish: Publish): void {
    const number = this.#numberOf(publish);
    const flying = new Set([...this.flying].map((one) => this.#numberOf(one)));
    for (let earlier = 0; earlier < number; earlier += 1) {
      const isOther = this.keys.get(earlier) !== publish.routingKey;
      const isSent = flying.has(earlier) || this.confirmed.has(earlier);
      if (isOther || isSent || this.ends.has(earlier)) continue;
      this.wrong.push(`${number} is sent before ${earlier}, which waits`);
    }
    this.flying.add(publish);
  }
}

type Step = (script: Script) => unknown;

const named = (name: string, step: Step) => Object.assign(step, { toString: () => name });

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom("a", "b").map((key) => named(`publish ${key}`, (script) => script.publish(key))),
  fc.constant(named("open", (script) => script.open())),
  fc.constant(named("lose", (script) => script.lose())),
  fc
    .tuple(fc.nat(9), fc.constantFrom("confirmed", "returned", "refused"))
    .map(([which, kind]) => named(`${kind} ${which}`, (script) => script.answer(which, kind))),
  fc
    .constantFrom(0, 150, 3_000)
    .map((ms) => named(`${ms} ms`, () => vi.advanceTimersByTimeAsync(ms))),
);

test("nothing is sent before an earlier message of its key that waits, and each one ends", () =>
  fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (all) => {
      const script = new Script();
      script.open();
      for (const step of all) await step(script);
      script.open();
      while (script.ends.size < script.keys.size) {
        script.answer(0, "confirmed");
        await vi.advanceTimersByTimeAsync(script.flying.size > 0 ? 0 : 1_000);
      }
      expect(script.wrong).toEqual([]);
      for (const [number, end] of script.ends) {
        if (end === "confirmed") expect(script.confirmed).toContain(number);
      }
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 500 },
  ));

test("what waits for longer than it may is told why", async () => {
  const { outbox } = new Script();
  const published = expect(outbox.publish("a", Buffer.from("1"))).rejects.toMatchObject({
    code: "unconfirmed",
    message: "the broker is not connected",
  });
  await vi.advanceTimersByTimeAsync(timeout);
  await published;
});

test("a close rejects what waits, and later what is lost", async () => {
  const script = new Script();
  script.open();
  const flying = expect(script.outbox.publish("a", Buffer.from("1"))).rejects.toMatchObject({
    code: "unconfirmed",
    message: "the broker did not confirm a message to a",
  });
  script.outbox.pause("the broker takes no messages for now");
  const waiting = expect(script.outbox.publish("a", Buffer.from("2"))).rejects.toMatchObject({
    code: "closed",
  });
  script.outbox.close();
  script.lose();
  await Promise.all([flying, waiting]);
  expect(vi.getTimerCount()).toBe(0);
});

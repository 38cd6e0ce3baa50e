/** An SMSC that has forgotten the session: nothing is refused, the worker binds again and sends. */
import { encode, type Pdu, responseTo, Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Inbox } from "./inbox.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { prepare } from "./world.ts";

const soon = { reconnect: { initial_delay: 0.01, max_delay: 0.02 } } satisfies TransportConfigInput;
const silence = new Uint8Array(0);

interface Wish {
  /** The status that answers a submit_sm; `session` counts from 1, and so does `nth` in it. */
  readonly submit?: (about: { session: number; nth: number; text: string }) => number;
  /** The status that answers an enquire_link. */
  readonly enquire?: (session: number) => number;
  /** Sessions whose bind is answered later, by what `binds` has for them. */
  readonly late?: (session: number) => boolean;
  readonly config?: TransportConfigInput;
}

/** A worker at an SMSC that answers as the test says. */
async function start({ submit = () => 0, enquire = () => 0, late = () => false, config }: Wish) {
  let [session, nth, total] = [0, 0, 0];
  const binds = new Inbox<() => void>();
  const taken: string[] = [];
  const answer = (pdu: Pdu): Uint8Array | undefined => {
    switch (pdu.command) {
      case "bind_transceiver": {
        session += 1;
        nth = 0;
        binds.put(() => smsc.write(encode(responseTo(pdu, { system_id: "smsc" }))));
        return late(session) ? silence : undefined;
      }
      case "enquire_link":
        return encode(responseTo(pdu, { command_status: enquire(session) }));
      case "submit_sm": {
        nth += 1;
        total += 1;
        const text = Buffer.from(pdu.short_message).toString("latin1");
        const command_status = submit({ session, nth, text });
        if (command_status !== 0) return encode(responseTo(pdu, { command_status }));
        taken.push(text);
        return encode(responseTo(pdu, { message_id: String(total) }));
      }
      default:
        return undefined;
    }
  };
  const smsc = await ScriptedSmsc.listen(answer);
  onTestFinished(() => smsc.close());
  const world = await prepare({ config: { port: smsc.port, ...soon, ...config } });
  await world.application.listen();
  await world.transport.start();
  return { ...world, taken, binds, sessions: () => session };
}

describe("what it refuses as if the session were not bound", () => {
  test.each([
    ["ESME_RINVBNDSTS", "requeue"],
    ["ESME_RBINDFAIL", "requeue"],
    ["ESME_RINVBNDSTS", "nack"],
  ] as const)("by %s, on_link_loss %s: is sent once on the next session", async (name, policy) => {
    const forgets = ({ session }: { session: number }) => (session === 1 ? Status[name] : 0);
    const { application, sessions, taken } = await start({
      submit: forgets,
      config: { on_link_loss: policy },
    });
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, index) => application.send(`text ${index}`)),
    );
    const told = new Set<string>();
    for (const _ of ids) {
      const event = await application.events.next();
      expect(event).toEqual(expect.objectContaining({ event_type: "ack", transport_metadata: {} }));
      told.add(event.user_message_id);
    }
    expect(told).toEqual(new Set(ids));
    expect(new Set(taken).size).toBe(30);
    expect(taken).toHaveLength(30);
    expect(sessions()).toBe(2);
  });

  test("of a long text: the parts that it took are not sent again", async () => {
    const { application, taken } = await start({
      submit: ({ session, nth }) => (session === 1 && nth > 1 ? Status.ESME_RINVBNDSTS : 0),
    });
    const id = await application.send("x".repeat(400));
    expect(await application.events.next()).toEqual(
      expect.objectContaining({
        event_type: "ack",
        user_message_id: id,
        transport_metadata: {},
      }),
    );
    expect(taken).toHaveLength(3);
    expect(new Set(taken.map((part) => part.charCodeAt(5)))).toEqual(new Set([1, 2, 3]));
  });

  test("while others are taken: is refused at last, with its status", async () => {
    const { application, sessions } = await start({
      submit: ({ text }) => (text === "poison" ? Status.ESME_RINVBNDSTS : 0),
    });
    const poison = await application.send("poison");
    let refused: unknown;
    while (refused === undefined) {
      await application.send("hello");
      const event = await application.events.next();
      if (event.user_message_id === poison) refused = event;
      else expect(event.event_type).toBe("ack");
    }
    expect(refused).toMatchObject({
      event_type: "nack",
      nack_reason: expect.stringContaining("Invalid BIND Status"),
    });
    expect(sessions()).toBeGreaterThan(3);
  });
});

test("an enquire_link answered with a status ends the session, and the worker binds again", async () => {
  const { application, log, sessions } = await start({
    enquire: (session) => (session === 1 ? Status.ESME_RSYSERR : 0),
  });
  await log.until("warn", "the link to the SMSC is closed");
  const id = await application.send("hello");
  expect(await application.events.next()).toMatchObject({
    event_type: "ack",
    user_message_id: id,
  });
  expect(sessions()).toBe(2);
});

test("health is down until the worker is bound again, and nothing more is taken meanwhile", async () => {
  const { application, binds, log, taken, transport } = await start({
    submit: ({ session }) => (session === 1 ? Status.ESME_RINVBNDSTS : 0),
    late: (session) => session === 2,
  });
  expect((await transport.health()).health).toBe("ok");
  const id = await application.send("hello");
  await log.until("warn", "the link to the SMSC is closed");
  expect(await transport.health()).toMatchObject({
    health: "down",
    components: { smpp: { health: "down" } },
  });
  expect(taken).toEqual([]);
  await binds.next();
  const bindAgain = await binds.next();
  bindAgain();
  expect(await application.events.next()).toMatchObject({
    event_type: "ack",
    user_message_id: id,
  });
  expect((await transport.health()).health).toBe("ok");
});

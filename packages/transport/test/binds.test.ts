/** Several sessions of one worker: modes, hosts, request queues, and what the SMSC's refusals mean. */
import { Smsc } from "@esme/smsc";
import { describe, expect, test } from "vitest";
import type { Delivery } from "../src/broker/broker.ts";
import { checkConfig } from "../src/config/config.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { bindPlans } from "../src/link/binds.ts";
import { Inbox } from "./inbox.ts";
import { prepare, start } from "./world.ts";

const plans = (config: TransportConfigInput) =>
  bindPlans(checkConfig({ host: "h", port: 1, system_id: "me", ...config }).config);

describe("the sessions that a configuration means", () => {
  test.each([
    ["nothing said", {}, ["h:1 me transceiver"]],
    ["split", { bind_mode: "split" }, ["h:1 me transmitter", "h:1 me receiver"]],
    ["a number", { binds: 2 }, ["h:1 me transceiver", "h:1 me transceiver"]],
    [
      "a number, split",
      { binds: 2, bind_mode: "split" },
      ["h:1 me transmitter", "h:1 me receiver", "h:1 me transmitter", "h:1 me receiver"],
    ],
    [
      "hosts and accounts of their own",
      {
        bind_mode: "transmitter",
        binds: [
          { host: "a", count: 2 },
          { host: "b", port: 2, system_id: "you", bind_mode: "receiver" },
        ],
      },
      ["a:1 me transmitter", "a:1 me transmitter", "b:2 you receiver"],
    ],
  ] satisfies [string, TransportConfigInput, string[]][])("%s", (_, config, expected) => {
    const shown = plans(config).map(
      ({ host, port, bind }) => `${host}:${port} ${bind.system_id} ${bind.mode}`,
    );
    expect(shown).toEqual(expected);
  });

  test.each([
    [
      { binds: [] },
      "binds: expected a number of sessions from 1 to 100, or a list of mappings, got an empty list (the configuration)",
    ],
    [{ binds: "two" }, /^binds: expected a number of sessions from 1 to 100, .*, got "two"/],
    [{ binds: 101 }, /^binds: expected a number of sessions from 1 to 100, .*, got 101/],
    [{ binds: [{ hots: "a" }] }, /^binds\[0\]\.hots: unknown key, did you mean host\?/],
    [{ binds: [{ password: "hunter2hunter2" }] }, /^binds\[0\]\.password: expected at most 8/],
    [{ binds: [{ password: "hunter2ü" }] }, /^binds\[0\]\.password: expected at most 64 ASCII/],
  ])("%j is refused", (config, problem) => {
    // What a file can say and a program's types forbid.
    const load = () => checkConfig(config as TransportConfigInput);
    expect(load).toThrow(problem);
    expect(load).not.toThrow(/hunter2/);
  });
});

describe("several sessions", () => {
  test("split sends over one and receives over the other", async () => {
    const { application, smsc } = await start({ config: { bind_mode: "split" } });
    expect(smsc.sessions.map(({ mode }) => mode).sort()).toEqual(["receiver", "transmitter"]);
    const id = await application.send("out");
    expect(await application.events.next()).toMatchObject({
      event_type: "ack",
      user_message_id: id,
    });
    await smsc.deliver({ from: "1", to: "2", text: "in" });
    expect(await application.inbound.next()).toMatchObject({ content: "in" });
  });

  test("the parts of inbound messages are joined whichever session brings them", async () => {
    const { application, smsc } = await start({ config: { binds: 2 } });
    const [first, second] = smsc.sessions;
    const part = (number: number, letter: string) => ({
      command: "deliver_sm" as const,
      source_addr: "1",
      destination_addr: "2",
      esm_class: 0x40,
      short_message: Buffer.from(`\x05\x00\x03\x07\x02${String.fromCharCode(number)}${letter}`),
    });
    await first?.session.request(part(2, "b"));
    await second?.session.request(part(1, "a"));
    expect(await application.inbound.next()).toMatchObject({ content: "ab" });
  });

  test("messages go out over all of them", async () => {
    const { application, smsc } = await start({ config: { binds: 3, smpp_window: 1 } });
    smsc.behave({ fault: "delay", ms: 30 });
    const used = new Set<unknown>();
    smsc.on("pdu", ({ pdu, session }) => {
      if (pdu?.command === "submit_sm") used.add(session);
    });
    for (let count = 0; count < 9; count++) await application.send("hello");
    for (let count = 0; count < 9; count++) await application.events.next();
    expect(used.size).toBe(3);
  });

  test("with parts_on_one_bind all parts of a message go over one", async () => {
    const { application, smsc } = await start({
      config: { binds: 2, parts_on_one_bind: true, smpp_window: 1 },
    });
    smsc.behave({ fault: "delay", ms: 50 });
    const sessions = new Map<string, Set<unknown>>();
    smsc.on("pdu", ({ pdu, session }) => {
      if (pdu?.command !== "submit_sm") return;
      const used = sessions.get(pdu.destination_addr) ?? new Set();
      sessions.set(pdu.destination_addr, used.add(session));
    });
    for (const to_addr of ["1", "2", "3", "4"])
      await application.send("x".repeat(500), { to_addr });
    for (let count = 0; count < 4; count++) await application.events.next();
    expect([...sessions.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1]);
    expect(new Set([...sessions.values()].flatMap((used) => [...used])).size).toBe(2);
  });

  test("one host that is not there does not keep the others from working", async () => {
    const gone = await new Smsc({ port: 0 }).listen();
    await gone.close();
    const { application, transport } = await start({
      config: { binds: [{}, { port: gone.port }] },
    });
    await application.send("hello");
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    const { smpp } = (await transport.health()).components;
    expect(smpp.binds.map(({ state }) => state.startsWith("BOUND"))).toEqual([true, false]);
    expect(smpp.health).toBe("ok");
  });

  test("the rate is that of all together", async () => {
    const { application, smsc } = await start({ config: { binds: 2, mt_tps: 20 } });
    const times: number[] = [];
    smsc.on("submit", () => times.push(performance.now()));
    for (let count = 0; count < 7; count++) await application.send("hello");
    for (let count = 0; count < 7; count++) await application.events.next();
    // Two may leave together (a tenth of a second's), the others 50 ms apart.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(200);
  });
});

describe("what the SMSC refuses", () => {
  test("a status with a meaning is told in the operator's words", async () => {
    const { application, smsc } = await start({
      config: { statuses: { "0x400": { meaning: "no credit", reaction: "nack" } } },
    });
    smsc.behave({ fault: "refuse", status: 0x400 });
    await application.send("hello");
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      nack_reason: expect.stringMatching(/0x0*400.*no credit/i),
    });
  });

  test.each(["retry", "throttle", "stop"] as const)("%s sends it again", async (reaction) => {
    const { application, smsc, log } = await start({
      config: {
        statuses: { "1025": { meaning: "", reaction } },
        throttle: { initial_pause: 0.01, max_pause: 0.02 },
      },
    });
    smsc.behave({ fault: "refuse", status: 0x401, times: 2 });
    const id = await application.send("hello");
    const event = await application.events.next();
    expect(event).toEqual(
      expect.objectContaining({ event_type: "ack", user_message_id: id, transport_metadata: {} }),
    );
    const stopped = "no more messages are taken: the SMSC refuses all messages";
    expect(log.messages("error").includes(stopped)).toBe(reaction === "stop");
  });

  test.each(["throttle", "retry"] as const)(
    "%s ends in a nack when the message's time is over",
    async (reaction) => {
      const { application, smsc } = await start({
        config: {
          statuses: { "1025": { meaning: "later", reaction } },
          throttle: { initial_pause: 0.02, max_pause: 0.05 },
          submit_expiry: 0.5,
        },
      });
      smsc.behave({ fault: "refuse", status: 0x401 });
      const id = await application.send("hello");
      expect(await application.events.next()).toMatchObject({
        event_type: "nack",
        user_message_id: id,
        nack_reason: expect.stringContaining("later"),
      });
    },
  );

  test("a message that is too old when it is taken gets a nack, unsent", async () => {
    const { application, smsc } = await start({ config: { submit_expiry: 60 } });
    const submitted: unknown[] = [];
    smsc.on("submit", (report) => submitted.push(report));
    await application.send("hello", { timestamp: "2020-01-01 00:00:00.000000" });
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      nack_reason: "expired: not sent within 60 s (submit_expiry)",
    });
    expect(submitted).toEqual([]);
  });

  test("throttling without statuses is a nack at once, as in vumi2", async () => {
    const { application, smsc } = await start({
      config: { throttle: { statuses: [] } },
    });
    smsc.behave({ fault: "refuse", status: 0x58 });
    await application.send("hello");
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      nack_reason: "Throttling error (ESME has exceeded allowed message limits",
    });
  });
});

test("with failed_queue false what cannot be read is dropped, and the log says so", async () => {
  const { application, log } = await start({ config: { failed_queue: false } });
  await application.publish("no JSON");
  const id = await application.send("hello");
  expect(await application.events.next()).toMatchObject({ user_message_id: id });
  expect(log.messages("error")).toEqual(["unreadable message dropped, as failed_queue says"]);
});

test("a message that another worker may have sent is marked", async () => {
  const { application, broker, transport } = await prepare();
  await application.listen();
  const id = await application.send("hello");
  const taken = new Inbox<Delivery>();
  const other = await broker.consume("smpp.outbound", 1, taken.put);
  const delivery = await taken.next();
  await other.cancel();
  delivery.requeue();
  await transport.start();
  expect(await application.events.next()).toMatchObject({
    event_type: "ack",
    user_message_id: id,
    transport_metadata: { smpp: { maybe_duplicate: true } },
  });
});

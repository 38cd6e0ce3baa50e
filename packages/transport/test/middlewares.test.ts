import { fileURLToPath } from "node:url";
import { canEncode } from "@esme/gsm-codec";
import { ack, newMessage } from "@esme/messages";
import { Status } from "@esme/pdu";
import { Smsc } from "@esme/smsc";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { checkConfig, loadConfig } from "../src/config/config.ts";
import { LoggingMiddleware } from "../src/middleware/logging-middleware.ts";
import { middlewareEntries } from "../src/middleware/middleware-config.ts";
import { TransliterationMiddleware } from "../src/middleware/transliteration-middleware.ts";
import { loadClass } from "../src/plug-ins/load-class.ts";
import { buildMiddlewares } from "../src/plug-ins/middlewares.ts";
import { PlugInShutdown } from "../src/plug-ins/plug-in-shutdown.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";

const folder = fileURLToPath(new URL("./data/classes", import.meta.url));
const here = { enable_for_connectors: ["smpp"] };
const everywhere = {
  ...here,
  outbound_enabled: true,
  inbound_enabled: true,
  event_enabled: true,
};
const own = (name: string) => `./middlewares.mjs#${name}`;

function build(middlewares: readonly unknown[], logger = new RecordingLogger()) {
  const { config } = checkConfig({ middlewares: [...middlewares] });
  return buildMiddlewares(config, logger, folder, new PlugInShutdown(logger));
}

const message = () => newMessage({ to_addr: "27820001001", from_addr: "4711", content: "hello" });

describe("the list", () => {
  const marks = ["a", "b"].map((mark) => ({ ...everywhere, class_path: own("Marking"), mark }));

  test("outbound messages pass it from the top, what is published from the bottom", async () => {
    const { outbound, inbound, event } = await build(marks);
    expect(await outbound?.(message())).toMatchObject({ content: "hello a@smpp b@smpp" });
    expect(await inbound?.(message())).toMatchObject({ content: "hello b@smpp a@smpp" });
    expect(await event?.(ack("m-1"))).toMatchObject({ helper_metadata: { marks: ["b", "a"] } });
  });

  test.each([
    ["none", []],
    ["no direction enabled", [{ ...here, class_path: own("Marking") }]],
    [
      "another connector",
      [{ ...everywhere, enable_for_connectors: ["x"], class_path: own("Marking") }],
    ],
    [
      "methods that are not there",
      [{ ...here, inbound_enabled: true, class_path: own("Closing") }],
    ],
  ])("%s: the way is not there at all", async (_, list) => {
    const { outbound, inbound, event } = await build(list);
    expect([outbound, inbound, event]).toEqual([undefined, undefined, undefined]);
  });

  test("an entry that does nothing here is told", async () => {
    const log = new RecordingLogger();
    await build(
      [
        { ...here, class_path: own("Marking") },
        { ...here, inbound_enabled: true, class_path: own("Closing") },
      ],
      log,
    );
    expect(log.messages("info")).toEqual(["middleware not enabled for this transport"]);
    expect(log.messages("warn")).toEqual(["middleware enabled for what it does not do"]);
  });

  test("a class gets the keys that are its own, and what the worker has", async () => {
    const log = new RecordingLogger();
    const Marking = await loadClass(own("Marking"), folder);
    const { place, own: keys } = middlewareEntries([{ ...marks[0], more: { x: 1 } }])[0] ?? {};
    expect({ place, keys }).toEqual({
      place: "middlewares[0]",
      keys: { mark: "a", more: { x: 1 } },
    });
    expect(new Marking(keys as never, { logger: log } as never)).toMatchObject({
      seen: { config: keys, deps: { logger: log } },
    });
  });
});

describe("refused with the place in front:", () => {
  test.each<[unknown, string]>([
    ["x", "middlewares[0]: expected a mapping, got text"],
    [here, "middlewares[0].class_path: missing, expected the name of a class"],
    [
      { ...here, class_path: "" },
      'middlewares[0].class_path: expected the name of a class, got ""',
    ],
    [
      { class_path: own("Marking") },
      "middlewares[0].enable_for_connectors: missing, expected a list of transport names",
    ],
    [
      { ...here, class_path: own("Marking"), event_enabled: "perhaps" },
      'middlewares[0].event_enabled: expected true or false, got "perhaps"',
    ],
    [
      { ...here, class_path: "./nowhere.mjs#A" },
      "middlewares[0].class_path: ./nowhere.mjs#A: cannot be loaded from",
    ],
    [
      { ...here, class_path: own("Missing") },
      "middlewares[0].class_path: ./middlewares.mjs#Missing: the module has no export Missing",
    ],
    [{ ...here, class_path: "acme.middlewares.Own" }, "a class of Python cannot be used"],
    [
      { ...here, class_path: own("NoMiddleware") },
      "middlewares[0].class_path: ./middlewares.mjs#NoMiddleware is not a middleware, which has handleOutbound(), handleInbound(), handleEvent(), or some of them",
    ],
    [
      { ...here, class_path: own("Marking"), mark: 7 },
      "middlewares[0]: mark: expected text, got 7",
    ],
    [
      { ...here, class_path: "vumi2.middlewares.unidecoder.Unidecoder", outbound_enable: true },
      "middlewares[0]: outbound_enable: unknown key, did you mean outbound_enabled?",
    ],
    [
      { ...here, class_path: "vumi2.middlewares.logging.LoggingMiddleware", log_level: "loud" },
      'middlewares[0]: log_level: expected one of trace, notset, debug, info, warn, warning, error, fatal, critical, got "loud"',
    ],
  ])("%j", async (entry, problem) => {
    await expect(build([entry])).rejects.toThrow(problem);
    await expect(build([entry])).rejects.toMatchObject({ name: "ConfigError" });
  });

  test("all wrong entries at once", async () => {
    await expect(build(["x", { ...here, class_path: own("Marking") }, 7])).rejects.toMatchObject({
      problems: [
        "middlewares[0]: expected a mapping, got text",
        "middlewares[2]: expected a mapping, got 7",
      ],
    });
  });
});

test.each([
  ["vumi2.middlewares.logging.LoggingMiddleware", LoggingMiddleware],
  ["@esme/transport#LoggingMiddleware", LoggingMiddleware],
  ["vumi2.middlewares.unidecoder.Unidecoder", TransliterationMiddleware],
  ["@esme/transport#TransliterationMiddleware", TransliterationMiddleware],
])("%s is built in", async (name, expected) => {
  expect(await loadClass(name, folder)).toBe(expected);
});

test("YAML 1.1's words for true and false, which vumi2 reads, count", () => {
  const text =
    "middlewares: [{class_path: x, enable_for_connectors: [1], inbound_enabled: yes, event_enabled: Off}]";
  const { config } = loadConfig({ file: { name: "w", text } });
  expect(middlewareEntries(config.middlewares)).toMatchObject([
    {
      enable_for_connectors: ["1"],
      inbound_enabled: true,
      outbound_enabled: false,
      event_enabled: false,
    },
  ]);
});

describe("transliteration", () => {
  const written = (content: string | null, config: object = {}) =>
    new TransliterationMiddleware(config).handleOutbound({ ...message(), content }).content;

  test.each([
    ["до свидания", "do svidaniya"],
    ["Ünïcödé Straße", "Unicode Strasse"],
    ["“quoted” – it’s… €5", '"quoted" - it\'s... EUR5'],
    ["½ №1 ™", "1/2 No1 TM"],
    ["good 😀👩‍👩‍👧❤️ day 🇩🇪", "good  day DE"],
    ["e\u0301", "e"],
    ["plain ASCII ~^{}", "plain ASCII ~^{}"],
    [null, null],
  ])("%j becomes %j", (content, expected) => {
    expect(written(content)).toBe(expected);
  });

  test.each([
    ["Grüße aus der Küche für 5 €", "Grüße aus der Küche für 5 €"],
    ["“Grüße” – it’s ok…", '"Grüße" - it\'s ok...'],
    ["Łódź ñandú", "Lodz ñandu"],
    ["`a\tb`", "'a b'"],
  ])("keep: gsm0338: %j becomes %j", (content, expected) => {
    expect(written(content, { keep: "gsm0338" })).toBe(expected);
  });

  test.each(["ascii", "gsm0338"])("keep: %s: whatever comes, nothing else goes out", (keep) => {
    const has = keep === "ascii" ? (text: string) => /^[\0-\x7f]*$/.test(text) : canEncode;
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (content) => {
        const once = written(content, { keep }) ?? "";
        return has(once) && written(once, { keep }) === once;
      }),
    );
  });

  test("the message that came in stays as it was", () => {
    const before = { ...message(), content: "ж" };
    new TransliterationMiddleware({}).handleInbound(before);
    expect(before.content).toBe("ж");
  });
});

describe("logging", () => {
  const deps = (logContent: boolean) => {
    const logger = new RecordingLogger();
    return { logger, deps: { logger, transportName: "smpp", logContent } };
  };

  test("names what passes by its ids, at the level and under the name that are configured", () => {
    const { logger, deps: given } = deps(false);
    const middleware = new LoggingMiddleware({ log_level: "WARNING", logger_name: "audit" }, given);
    const { message_id } = middleware.handleInbound(message(), "smpp");
    middleware.handleOutbound(message(), "smpp");
    middleware.handleEvent(ack("m-1"), "smpp");
    expect(logger.messages("warn")).toEqual([
      "processed inbound message",
      "processed outbound message",
      "processed event",
    ]);
    expect(logger.text()).toContain(message_id);
    expect(logger.text()).toContain("logger: 'audit'");
    expect(logger.text()).not.toMatch(/hello|27820001001|4711/);
  });

  test("with log_content, the whole message", () => {
    const { logger, deps: given } = deps(true);
    new LoggingMiddleware({}, given).handleOutbound(message(), "smpp");
    expect(logger.messages("info")).toEqual(["processed outbound message"]);
    expect(logger.text()).toMatch(/hello/);
    expect(logger.text()).toMatch(/27820001001/);
  });
});

describe("in a worker", () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function start(middlewares: readonly unknown[]) {
    const smsc = await new Smsc({ port: 0, receiptDelay: 0 }).listen();
    closing.push(() => smsc.close());
    const broker = new MemoryBroker();
    const application = await Application.on(broker);
    await application.listen();
    const log = new RecordingLogger();
    const transport = new SmppTransport(
      {
        host: "127.0.0.1",
        port: smsc.port,
        middlewares: [...middlewares],
        submit_sm_processor_config: { registered_delivery: { delivery_receipt: 1 } },
      },
      { broker, logger: log, classFolder: folder },
    );
    closing.push(() => transport.stop());
    await transport.start();
    return { application, log, smsc };
  }

  test("what they change is what the phone, the application and its events get", async () => {
    const { application, smsc } = await start([
      { ...everywhere, class_path: "vumi2.middlewares.unidecoder.Unidecoder" },
      { ...everywhere, class_path: own("Marking"), mark: "m" },
    ]);
    const shown = smsc.messages().next();
    await application.send("привет");
    expect((await shown).value).toMatchObject({ text: "privet m@smpp" });
    for (const event_type of ["ack", "delivery_report"]) {
      expect(await application.events.next()).toMatchObject({
        event_type,
        helper_metadata: { marks: ["m"] },
      });
    }
    await smsc.deliver({ from: "27820001001", to: "4711", text: "дом" });
    expect(await application.inbound.next()).toMatchObject({ content: "dom m@smpp" });
  });

  test.each([
    ["throws", { class_path: own("Failing"), error: "not today" }, "not today"],
    [
      "forgets what it got",
      { class_path: own("Forgetful") },
      "./middlewares.mjs#Forgetful gave back no user_message",
    ],
  ])(
    "one that %s: nack outbound, dead-lettered inbound, events as they were",
    async (_, entry, reason) => {
      const { application, log, smsc } = await start([{ ...everywhere, ...entry }]);
      const id = await application.send("hello");
      expect(await application.events.next()).toEqual(
        expect.objectContaining({
          event_type: "nack",
          user_message_id: id,
          nack_reason: reason,
          helper_metadata: {},
        }),
      );
      expect(log.messages("error")).toEqual(["a middleware failed, event left as it was"]);
      const parts = await smsc.deliver({ from: "27820001001", to: "4711", text: "x".repeat(200) });
      expect(parts.map((part) => part.command_status)).toEqual([Status.ESME_ROK, Status.ESME_ROK]);
      const failed = await application.failed.next();
      expect(failed).toMatchObject({ reason });
      const body: unknown = JSON.parse(String(Reflect.get(Object(failed), "body")));
      expect(body).toEqual(
        expect.objectContaining({ content: "x".repeat(200), helper_metadata: {} }),
      );
      expect(application.inbound.size).toBe(0);
    },
  );

  test("one that cannot now (code unavailable): the SMSC brings the message again", async () => {
    const { application, log, smsc } = await start([
      {
        ...here,
        inbound_enabled: true,
        class_path: own("Failing"),
        error: "no database",
        code: "unavailable",
        times: 1,
      },
    ]);
    const [answer] = await smsc.deliver({ from: "27820001001", to: "4711", text: "dom" });
    expect(answer?.command_status).toBe(Status.ESME_ROK);
    expect(log.messages("warn")).toEqual(["deliver_sm not published, the SMSC is asked to retry"]);
    expect(await application.inbound.next()).toMatchObject({ content: "dom" });
  });
});

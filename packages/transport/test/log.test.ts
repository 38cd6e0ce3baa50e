/** What is in the log of a running worker, and what is not. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { amqpUrl } from "@esme/services";
import { Smsc } from "@esme/smsc";
import { connect } from "amqplib";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { withoutNumbers, withoutPasswords } from "../src/config/values/redaction.ts";
import { Secret } from "../src/config/values/secret.ts";
import { Application } from "./application.ts";
import { WorkerProcess } from "./worker-process.ts";

const classes = fileURLToPath(new URL("./data/classes/middlewares.mjs", import.meta.url));
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A worker of its own process at TRACE, between RabbitMQ and a simulated SMSC. */
async function start(settings: readonly string[]) {
  const name = `esme-test-${randomUUID()}`;
  const smsc = await new Smsc({ port: 0, receiptDelay: 0 }).listen();
  closing.push(() => smsc.close());
  const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? "") });
  const application = await Application.on(broker, name);
  await application.listen();
  closing.push(async () => {
    await broker.close();
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    for (const queue of ["outbound", "event", "inbound", "failed"]) {
      await channel.deleteQueue(`${name}.${queue}`);
    }
    await connection.close();
  });
  const folder = await mkdtemp(join(tmpdir(), "esme-transport-"));
  closing.push(() => rm(folder, { recursive: true }));
  const file = join(folder, "worker.yaml");
  const lines = [
    `transport_name: ${name}`,
    `amqp_url: ${amqpUrl}`,
    `port: ${smsc.port}`,
    "host: 127.0.0.1",
    "password: pA55-w0r",
    "log_level: TRACE",
    "submit_sm_processor_config: {registered_delivery: {delivery_receipt: 1}}",
    "middlewares:",
    `- {class_path: vumi2.middlewares.logging.LoggingMiddleware, enable_for_connectors: [${name}], inbound_enabled: true, outbound_enabled: true, event_enabled: true}`,
    ...settings.map((line) => line.replaceAll("NAME", name)),
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const worker = new WorkerProcess(["--config", file]);
  closing.push(async () => {
    worker.kill("SIGKILL");
    await worker.ended();
  });
  await worker.until(/bound to the SMSC/);
  return { application, smsc, worker };
}

const unicode = fc.string({ unit: "grapheme", maxLength: 150 });
/** Taken by the simulated SMSC: it refuses what ends in 9999 and two digits, 999988 again and again. */
const numbers = fc
  .integer({ min: 10_000_000, max: 99_999_999 })
  .map((tail) => `278${tail}`)
  .filter((number) => !/9999..$/.test(number));
/** What nobody may see, in the middle of anything. */
const texts = fc.tuple(unicode, unicode).map(([before, after]) => ({
  marker: `m${randomUUID().slice(0, 13)}`,
  before,
  after,
}));

describe.runIf(amqpUrl)("with RabbitMQ", () => {
  test("at TRACE, whatever happens: no password, no text, no number", {
    timeout: 60_000,
  }, async () => {
    const failing = `- {class_path: "${classes}#Failing", enable_for_connectors: [NAME], event_enabled: true, error: "no row for 27820001001 in db://me:hunter2@db"}`;
    const { application, smsc, worker } = await start([failing]);
    const hidden = new Set(["pA55-w0r", "27820001001", "hunter2"]);
    const password = new URL(amqpUrl ?? "").password;
    hidden.add(`:${password}@`);
    await fc.assert(
      fc.asyncProperty(texts, numbers, numbers, async ({ marker, before, after }, to, from) => {
        const content = before + marker + after;
        for (const one of [marker, to, from]) hidden.add(one);
        hidden.add(Buffer.from(marker).toString("hex"));
        hidden.add(Buffer.from(marker, "utf16le").swap16().toString("hex"));
        // Taken, refused by the SMSC, too long an address, no address, no message, no JSON.
        const refused = `${to.slice(0, -6)}999911`;
        await application.send(content, { to_addr: to, from_addr: from });
        await application.send(content, { to_addr: refused, from_addr: from });
        await application.send(content, { to_addr: to + from, from_addr: from });
        await application.publish(JSON.stringify({ message_id: "m", content, from_addr: from }));
        await application.publish(JSON.stringify({ content, to_addr: to }));
        await application.publish(`{"content": "${marker}", "to_addr": "${to}`);
        await smsc.deliver({ from: to, to: from, text: content });
        // An ack for the first, a nack each for three more, what is left dead-lettered.
        for (let events = 0; events < 4; events += 1) await application.events.next();
        await application.failed.next();
        await application.failed.next();
        await application.inbound.next();
      }),
      { numRuns: 15 },
    );
    worker.kill("SIGTERM");
    expect(await worker.ended()).toBe(0);
    expect(worker.output).toMatch(/submit_sm/);
    expect(worker.output).toMatch(/processed inbound message/);
    expect(worker.output).toContain("no row for [number] in db://me:[secret]@db");
    expect(worker.output.trimEnd()).toMatch(/"msg":"stopped"\}$/);
    expect([...hidden].filter((one) => worker.output.includes(one))).toEqual([]);
  });

  test("with log_content texts and numbers are there, and passwords are not", async () => {
    const { application, smsc, worker } = await start(["log_content: true", "log_format: pretty"]);
    await application.send("what was said", { to_addr: "27820001001" });
    await application.events.next();
    await smsc.deliver({ from: "27820001001", to: "4711", text: "what was answered" });
    await application.inbound.next();
    worker.kill("SIGTERM");
    expect(await worker.ended()).toBe(0);
    expect(worker.output).toMatch(/submitting[\s\S]*content: "what was said"/);
    expect(worker.output).toMatch(/inbound message[\s\S]*content: "what was answered"/);
    expect(worker.output).toMatch(/received deliver_sm[\s\S]*27820001001/);
    expect(worker.output).toMatch(/INFO.*: stopped\n\s+transport_name: "[^"]+"\s*$/);
    expect(worker.output).not.toContain("pA55-w0r");
    expect(worker.output).not.toContain(`:${new URL(amqpUrl ?? "").password}@`);
  });
});

describe("redaction", () => {
  test.each([
    ["amqp://me:guess@host/vhost", "amqp://me:[secret]@host/vhost"],
    [
      "at redis://:p@ss/w@rd@host:6379, twice http://a:b@c",
      "at redis://:[secret]@host:6379, twice http://a:[secret]@c",
    ],
    [
      '{"url":"amqp://me:x@host","mail":"a@b.example"}',
      '{"url":"amqp://me:[secret]@host","mail":"a@b.example"}',
    ],
    ["http://host:80/path", "http://host:80/path"],
    ["see http://x/ and amqp://me:a@b", "see http://x/ and amqp://me:[secret]@b"],
    [`amqp://${"u".repeat(300)}:p@h`, `amqp://${"u".repeat(300)}:[secret]@h`],
    [`amqp://me:${"p".repeat(300)}@h`, "amqp://me:[secret]@h"],
    ["connect ECONNREFUSED 127.0.0.1:5672", "connect ECONNREFUSED 127.0.0.1:5672"],
  ])("%s becomes %s", (text, expected) => {
    expect(withoutPasswords(text)).toBe(expected);
  });

  test("of a password is as the rule says, wherever it stands", () => {
    const rule = /:\/\/([^\s/:@"]*):[^\s"]*@/g;
    const characters = fc.constantFrom("://", ":", "/", "@", "a", " ", '"', "\n");
    const lines = fc.array(characters, { maxLength: 20 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(lines, (line) => {
        expect(withoutPasswords(line)).toBe(line.replaceAll(rule, "://$1:[secret]@"));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(["://a", `://${"a".repeat(250)}:`, "@://"])(
    "of ten million characters of %j takes no longer than reading them",
    { timeout: 5_000 },
    (piece) => {
      const text = piece.repeat(10_000_000 / piece.length);
      expect(withoutPasswords(text).length).toBeGreaterThan(0);
      expect(withoutNumbers(text)).toBe(text);
    },
  );

  test.each([
    ["no route to +27820001001", "no route to [number]"],
    ["offset 123456 of 999999", "offset 123456 of 999999"],
  ])("%s becomes %s", (text, expected) => {
    expect(withoutNumbers(text)).toBe(expected);
  });
});

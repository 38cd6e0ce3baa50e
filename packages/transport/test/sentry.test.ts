import { fileURLToPath } from "node:url";
import { ConfigError } from "@esme/settings";
import { Smsc } from "@esme/smsc";
import { afterEach, expect, test } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { checkConfig } from "../src/config/config.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Secret } from "../src/config/values/secret.ts";
import { openSentry } from "../src/log/sentry.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { SentryEndpoint } from "./sentry-endpoint.ts";

const folder = fileURLToPath(new URL("./data/classes", import.meta.url));
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function endpoint(options?: { answers: boolean }): Promise<SentryEndpoint> {
  const sentry = await SentryEndpoint.listen(options);
  closing.push(() => sentry.close());
  return sentry;
}

const failing = (error: string) => ({
  class_path: "./middlewares.mjs#Failing",
  enable_for_connectors: ["smpp"],
  event_enabled: true,
  inbound_enabled: true,
  error,
});

/** A started worker whose middleware fails on every event and every inbound message. */
async function start(sentry_dsn: string, error: string, config: TransportConfigInput = {}) {
  const smsc = await new Smsc({ port: 0 }).listen();
  closing.push(() => smsc.close());
  const broker = new MemoryBroker();
  const application = await Application.on(broker);
  await application.listen();
  const log = new RecordingLogger();
  const transport = new SmppTransport(
    { host: "127.0.0.1", port: smsc.port, sentry_dsn, middlewares: [failing(error)], ...config },
    { broker, logger: log, classFolder: folder },
  );
  closing.push(() => transport.stop());
  await transport.start();
  return { application, log, smsc, transport };
}

test("an error that is logged is reported, and nothing that people wrote", async () => {
  const sentry = await endpoint();
  const error = "no row for +27820001001 at db://me:hunter2@db by Hunter22";
  const { application } = await start(sentry.dsn, error, { password: "Hunter22" });
  const id = await application.send("a very private text");
  await application.events.next();
  expect(await sentry.events.next()).toMatchObject({
    level: "error",
    exception: {
      values: [{ type: "Error", value: "no row for [number] at db://me:[secret]@db by [secret]" }],
    },
    tags: { transport_name: "smpp" },
    extra: { message: "a middleware failed, event left as it was", event_type: "ack" },
  });
  expect(sentry.received).toContain("/api/42/envelope/");
  for (const secret of ["private", "27820001001", "4711", "hunter2", "Hunter22", "password"]) {
    expect(sentry.received).not.toContain(secret);
  }
  expect(id).not.toBe("");
});

test("a line without an error is reported by its words, and stop waits for the report", async () => {
  const sentry = await endpoint();
  const { application, smsc, transport } = await start(sentry.dsn, "not this one");
  await smsc.deliver({ from: "27820001001", to: "4711", text: "a very private text" });
  await application.failed.next();
  await transport.stop();
  expect(await sentry.events.next()).toMatchObject({
    message: "inbound message dead-lettered",
    extra: { reason: "not this one", queue: "smpp.failed" },
  });
  expect(sentry.received).not.toMatch(/private|27820001001/);
});

test("an endpoint that never answers does not keep the worker from stopping", async () => {
  const sentry = await endpoint({ answers: false });
  const { application, log, transport } = await start(sentry.dsn, "x", { drain_timeout: 0.2 });
  await application.send("hello");
  await sentry.events.next();
  await transport.stop();
  expect(log.messages("warn")).toContain("Sentry did not take every report");
});

test("without a DSN nothing is loaded", async () => {
  const config = checkConfig({}).config;
  expect(await openSentry(config, ".", [], "./nowhere.mjs")).toBeUndefined();
});

test("without the package, the key and the command that installs it are told", async () => {
  const config = { transport_name: "smpp", sentry_dsn: new Secret("https://key@sentry.example/1") };
  const opened = openSentry(config, folder, [], "@sentry/not-installed");
  await expect(opened).rejects.toThrow(ConfigError);
  await expect(opened).rejects.toThrow(
    "sentry_dsn: the package @sentry/not-installed is not installed: npm install @sentry/not-installed",
  );
});

test("a DSN that is none is refused, and not shown", () => {
  expect(() => checkConfig({ sentry_dsn: "sentry.example/42" })).toThrow(
    "sentry_dsn: expected https://KEY@HOST/PROJECT, got 17 characters (not shown) (the configuration)",
  );
});

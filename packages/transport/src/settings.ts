/** Every configuration key of the worker: what it takes, its default, what it is for. */
import { z } from "zod";
import { parseBind } from "./health.ts";
import { Secret } from "./secret.ts";

/** A number written as YAML 1.1 or 1.2, an environment variable or a flag would have it. */
const numeral = /^[+-]?(?:0x[\da-f]+|\d[\d_]*(?:\.0*)?)$/i;

const toNumber = (value: unknown): unknown =>
  typeof value === "string" && numeral.test(value) ? Number(value.replaceAll("_", "")) : value;

const toText = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

/** A whole number within a range. */
function whole(min: number, max: number, unit = "") {
  const error = `a whole number${unit && ` of ${unit}`} from ${min} to ${max}`;
  return z.preprocess(toNumber, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** A duration, from `min` to a day. */
function seconds(min: number) {
  const error = `seconds, from ${min} to 86400`;
  const decimal = (value: unknown): unknown =>
    typeof value === "string" && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  return z.preprocess(decimal, z.number({ error }).min(min, { error }).max(86_400, { error }));
}

/** Text of any characters. */
function text(wants = "text") {
  return z.preprocess(toText, z.string({ error: wants }));
}

/** Text of a C-octet string field: ASCII, of limited length. */
function ascii(max: number) {
  const error = `at most ${max} ASCII characters`;
  return z.preprocess(
    toText,
    z
      .string({ error })
      .max(max, { error })
      .regex(/^[ -~]*$/, { error }),
  );
}

/** A value that is shown to nobody. */
function secret<T extends z.ZodType<unknown>>(schema: T) {
  return z.preprocess(
    (value) => (value instanceof Secret ? value.reveal() : value),
    schema.transform((value) => new Secret(String(value))),
  );
}

/** The configuration of a class: passed on untouched, checked by the class itself. */
const dictionary = z.record(z.string(), z.unknown(), { error: "a mapping" });

/** The name of a class: see `loadClass`. */
function className(builtIn: string) {
  return text("the name of a class").default(builtIn);
}

/** One of a few words, in any case. */
function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  const cased = (value: unknown): unknown =>
    words.find((candidate) => candidate.toLowerCase() === String(value).toLowerCase()) ?? value;
  return z.preprocess(cased, z.enum(words, { error: `one of ${words.join(", ")}` }));
}

/** The interface_version octet (SMPP 3.4 section 5.2.4) by each way to write it. */
export const interfaceVersions: ReadonlyMap<number, number> = new Map([
  [33, 0x33],
  [34, 0x34],
  [50, 0x50],
  [0x33, 0x33],
  [0x34, 0x34],
  [0x50, 0x50],
]);

const amqp = z.object({
  hostname: text().default("127.0.0.1").describe("RabbitMQ's host name or address"),
  port: whole(1, 65_535).default(5672).describe("RabbitMQ's port"),
  username: text().default("guest"),
  password: secret(text()).default(new Secret("guest")),
  vhost: text().default("/").describe("Virtual host"),
});

const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean({ error: "true or false" }),
);

const tls = z.object({
  enabled: flag.default(false),
  ca: text().default("").describe("PEM file of the authority; empty: those that Node trusts"),
  cert: text().default("").describe("PEM file of the client's certificate"),
  key: text().default("").describe("PEM file of the client's key"),
  servername: text().default("").describe("Name to check instead of the host"),
  reject_unauthorized: flag.default(true).describe("False accepts any certificate"),
});

const reconnect = z.object({
  initial_delay: seconds(0.001).default(1),
  max_delay: seconds(0.001).default(60),
  already_bound_delay: seconds(0).default(5).describe("After ESME_RALYBND"),
  refused_delay: seconds(0).default(60).describe("After refused credentials"),
});

/** The keys that are mappings of keys of the worker's own. */
const groups = { amqp, tls, reconnect };

/** The keys, in the order in which they are documented. */
export const settings = z.object({
  amqp: amqp.prefault({}).describe("Where RabbitMQ is; unused when amqp_url is given"),
  amqp_url: secret(
    text().refine((url) => url === "" || /^(?:amqps?:\/\/.+|memory:)$/.test(url), {
      error: 'an amqp:// or amqps:// URL, or "memory:" for the embedded broker',
    }),
  )
    .default(new Secret(""))
    .describe('The broker as a URL; "memory:" is a broker inside this process'),
  worker_concurrency: whole(1, 65_535, "messages")
    .default(20)
    .describe("Outbound messages in hand at a time: AMQP prefetch and SMPP window"),
  http_bind: text()
    .refine((bind) => bind === "" || parseBind(bind) !== undefined, {
      error: '"host:port" or "unix:/path"',
    })
    .default("")
    .describe("Where GET /health is answered; nowhere when empty"),
  sentry_dsn: secret(text()).default(new Secret("")).describe("Has no effect in this version"),
  middlewares: z
    .array(z.unknown(), { error: "a list" })
    .default([])
    .describe("Has no effect in this version"),
  log_level: word(["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]).default("INFO"),
  transport_name: z
    .preprocess(toText, z.string().regex(/^.{1,240}$/u, { error: "1 to 240 characters" }))
    .default("smpp")
    .describe("First part of the queue names and routing keys"),
  host: text().default("localhost").describe("The SMSC's host name, IPv4 or IPv6 address"),
  port: whole(1, 65_535).default(2775).describe("The SMSC's port"),
  system_id: ascii(15).default("smppclient1"),
  password: secret(ascii(8)).default(new Secret("password")),
  system_type: ascii(12).default(""),
  interface_version: z
    .preprocess(
      toNumber,
      z.int({ error: "33, 34 or 50" }).refine((version) => interfaceVersions.has(version), {
        error: "33, 34 or 50 (SMPP 3.3, 3.4, 5.0)",
      }),
    )
    .default(34),
  address_range: ascii(40).default(""),
  bind_mode: word(["transceiver", "transmitter", "receiver"]).default("transceiver"),
  addr_ton: whole(0, 255).default(0),
  addr_npi: whole(0, 255).default(0),
  tls: z
    .preprocess(
      (value) => (value === true || value === "true" ? { enabled: true } : value),
      z.object(tls.shape, { error: "true or a mapping" }),
    )
    .prefault({})
    .describe("TLS towards the SMSC; `true` is short for `enabled: true`"),
  smpp_window: whole(0, 65_535, "requests")
    .default(0)
    .describe("Unanswered requests at a time; 0: as worker_concurrency"),
  mt_tps: whole(0, 1_000_000, "parts a second")
    .default(0)
    .describe("submit_sm a second at most; 0: as fast as the window allows"),
  on_link_loss: word(["requeue", "nack"])
    .default("requeue")
    .describe("A part that was written and not answered when the link died: again, or nack"),
  reconnect: reconnect.prefault({}),
  drain_timeout: seconds(0).default(10).describe("How long a stop waits for messages in hand"),
  smpp_connect_timeout: seconds(0.001).default(10),
  smpp_response_timeout: seconds(0.001).default(30),
  smpp_enquire_link_timeout: seconds(0.001).default(10),
  smpp_inactivity_timeout: seconds(0).default(0).describe("0: a silent link is kept"),
  smpp_enquire_link_interval: whole(1, 86_400, "seconds")
    .default(55)
    .describe("Seconds between enquire_link requests"),
  smpp_bind_timeout: whole(1, 3_600, "seconds")
    .default(30)
    .describe("Seconds to wait for the answer to a bind"),
  sequencer_class: className("@esme/sequencers#InMemorySequencer"),
  sequencer_config: dictionary.default({}),
  submit_sm_processor_class: className("@esme/processors#SubmitShortMessageProcessor"),
  submit_sm_processor_config: dictionary.default({}),
  sm_processor_class: className("@esme/processors#ShortMessageProcessor"),
  sm_processor_config: dictionary.default({}),
  dr_processor_class: className("@esme/processors#DeliveryReportProcessor"),
  dr_processor_config: dictionary.default({}),
  smpp_cache_class: className("@esme/caches#InMemorySmppCache"),
  smpp_cache_config: dictionary.default({}),
});

/** Configuration with every key present and checked. */
export type TransportConfig = z.output<typeof settings>;

/** Configuration as one writes it in a program: every key is optional, secrets may be text. */
export type TransportConfigInput = Written<TransportConfig>;

type Written<T> = {
  readonly [K in keyof T]?: T[K] extends Secret
    ? string | Secret
    : K extends keyof typeof groups
      ? Written<T[K]>
      : T[K];
};

/** True for keys whose value is a mapping or list that belongs to classes. */
export function isDictionary(key: string): boolean {
  return key.endsWith("_config") || key === "middlewares";
}

/** Keys that vumi2 does not have. */
const additions: ReadonlySet<string> = new Set([
  "addr_npi",
  "addr_ton",
  "bind_mode",
  "drain_timeout",
  "mt_tps",
  "on_link_loss",
  "reconnect",
  "smpp_connect_timeout",
  "smpp_enquire_link_timeout",
  "smpp_inactivity_timeout",
  "smpp_response_timeout",
  "smpp_window",
  "tls",
]);

/** True for keys that vumi2 has too: command lines written for it must keep their meaning. */
export function isVumiKey([key = ""]: readonly string[]): boolean {
  return !additions.has(key);
}

/** The keys inside a key that is a mapping of the worker's own; undefined for any other. */
export function groupKeys(key: string): readonly string[] | undefined {
  const group = new Map<string, z.ZodObject>(Object.entries(groups)).get(key);
  return group && Object.keys(group.shape);
}

/** The path of every scalar key, as flags and environment variables name them. */
export const scalarPaths: readonly (readonly string[])[] = Object.keys(settings.shape).flatMap(
  (key) => {
    const inner = groupKeys(key);
    if (inner) return inner.map((name) => [key, name]);
    return isDictionary(key) ? [] : [[key]];
  },
);

/** True for keys whose value must not be shown. */
export function isSecret(path: readonly string[]): boolean {
  return ["password", "amqp_url", "sentry_dsn"].includes(path.at(-1) ?? "");
}

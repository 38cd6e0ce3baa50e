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

const logLevels = ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

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
  log_level: z
    .preprocess(
      (value) => (typeof value === "string" ? value.toUpperCase() : value),
      z.enum(logLevels, { error: `one of ${logLevels.join(", ")}` }),
    )
    .default("INFO"),
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
    : K extends "amqp"
      ? Written<T[K]>
      : T[K];
};

/** True for keys whose value is a mapping or list that belongs to classes. */
export function isDictionary(key: string): boolean {
  return key.endsWith("_config") || key === "middlewares";
}

/** The path of every scalar key, as flags and environment variables name them. */
export const scalarPaths: readonly (readonly string[])[] = Object.keys(settings.shape).flatMap(
  (key) => {
    if (key === "amqp") return Object.keys(amqp.shape).map((inner) => [key, inner]);
    return isDictionary(key) ? [] : [[key]];
  },
);

/** True for keys whose value must not be shown. */
export function isSecret(path: readonly string[]): boolean {
  return ["password", "amqp_url", "sentry_dsn"].includes(path.at(-1) ?? "");
}

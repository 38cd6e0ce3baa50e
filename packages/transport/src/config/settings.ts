/** Every configuration key of the worker: what it takes, its default, what it is for. */

import { parseBindAddress } from "@esme/http";
import { flag, flagOf, mapping, word } from "@esme/settings/schema";
import { z } from "zod";
import {
  amqpUrlWish,
  hostWish,
  isSentryDsn,
  nodeUrlWish,
  redisUrlWish,
  urlsIn,
} from "./values/hosts.ts";
import {
  ascii,
  className,
  decimal,
  dictionary,
  interfaceVersion,
  seconds,
  secret,
  statuses,
  text,
  toNumber,
  toText,
  whole,
} from "./values/scalars.ts";
import { Secret } from "./values/secret.ts";
import { statusTable } from "./values/status-table.ts";
import { vendorTlvs } from "./values/vendor-tlvs.ts";

/** What a password has room for where `allow_long_password` says so. */
export const longestPassword = 64;

const bindMode = word(["transceiver", "transmitter", "receiver", "split"]);

const place = text("text", (bind) =>
  bind === "" || parseBindAddress(bind) !== undefined ? undefined : '"host:port" or "unix:/path"',
);

const host = text("text", (name) => hostWish(name, "port"));

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "number";

const isPort = (where: string): boolean => "port" in (parseBindAddress(where) ?? {});

const amqp = mapping({
  hostname: text("text", (name) => hostWish(name, "amqp.port"))
    .default("127.0.0.1")
    .describe("RabbitMQ's host name or address"),
  port: whole(1, 65_535).default(5672).describe("RabbitMQ's port"),
  username: text().default("guest").describe("RabbitMQ's user"),
  password: secret(text()).default(new Secret("guest")).describe("Default `guest`"),
  vhost: text().default("/").describe("Virtual host"),
});

const amqpTls = mapping({
  ca: text().default("").describe("PEM file of the authority; empty: those that Node trusts"),
  cert: text().default("").describe("PEM file of the client's certificate"),
  key: text().default("").describe("PEM file of the client's key"),
  passphrase: secret(text())
    .default(new Secret(""))
    .describe("What `amqp_tls.key` is encrypted with"),
  servername: text().default("").describe("Name to check instead of each node's host"),
});

const urlText = (url: unknown): unknown => (url instanceof Secret ? url.reveal() : url);

/** A list, as text with commas. */
const amqpUrl = z.preprocess(
  (value) =>
    Array.isArray(value) && value.every((url) => typeof urlText(url) === "string")
      ? value.map(urlText).join(",")
      : value,
  secret(text("text or a list of texts", amqpUrlWish)),
);

const amqpUrls = z.preprocess(
  (value) => {
    const given = urlText(value);
    return typeof given === "string" ? urlsIn(given) : given;
  },
  z.array(secret(text("an amqp:// or amqps:// URL", nodeUrlWish)), { error: "a list of URLs" }),
);

const tls = mapping({
  enabled: flag.default(false).describe("Whether the connection is encrypted"),
  ca: text().default("").describe("PEM file of the authority; empty: those that Node trusts"),
  cert: text().default("").describe("PEM file of the client's certificate"),
  key: text().default("").describe("PEM file of the client's key"),
  passphrase: secret(text()).default(new Secret("")).describe("What `tls.key` is encrypted with"),
  servername: text().default("").describe("Name to check instead of the host"),
  reject_unauthorized: flag.default(true).describe("False accepts any certificate"),
  check_servername: flag.default(true).describe("False accepts a certificate for another name"),
  min_version: word(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2").describe("The oldest version taken"),
});

const reconnect = mapping({
  initial_delay: seconds(0.001)
    .default(1)
    .describe("At most so long, doubled with every failure in a row"),
  max_delay: seconds(0.001).default(60).describe("Where the doubling ends"),
  already_bound_delay: seconds(0).default(5).describe("After ESME_RALYBND"),
  refused_delay: seconds(0).default(60).describe("After refused credentials"),
});

const throttle = mapping({
  statuses: statuses
    .default([0x58, 0x14])
    .describe("command_status values that mean slow down: the message is kept and sent again"),
  initial_pause: seconds(0.001).default(1).describe("Doubled while the SMSC goes on refusing"),
  max_pause: seconds(0.001).default(30).describe("Where the doubling ends"),
});

const outbind = mapping({
  listen: text("text", (where) => (where === "" || isPort(where) ? undefined : '"host:port"'))
    .default("")
    .describe("Where the SMSC's outbind is waited for; the worker then does not dial by itself"),
  system_id: ascii(15)
    .default("")
    .describe("Whose outbind is taken; empty: anybody's. Beyond loopback this or the password"),
  password: secret(ascii(8))
    .default(new Secret(""))
    .describe("What the outbind must bring; empty: anything"),
});

const connection = mapping(
  {
    count: whole(1, 100, "sessions").default(1).describe("So many sessions alike"),
    host: host.optional(),
    port: whole(1, 65_535).optional(),
    system_id: ascii(15).optional(),
    password: secret(ascii(longestPassword)).optional(),
    system_type: ascii(12).optional(),
    address_range: ascii(40).optional(),
    bind_mode: bindMode.optional(),
  },
  "a mapping of count, host, port, system_id, password, ..., bind_mode",
);

const bindsWish = "a number of sessions from 1 to 100, or a list of mappings";

const binds = z.preprocess(
  (value) => {
    const count = toNumber(value);
    return Number.isInteger(count) && Number(count) <= 100 && Number(count) >= 1
      ? [{ count }]
      : value;
  },
  z.array(connection, { error: bindsWish }).min(1, { error: bindsWish }),
);

const ledger = mapping({
  url: secret(text("text", (url) => (url === "memory:" ? undefined : redisUrlWish(url))))
    .default(new Secret(""))
    .describe(
      'A Redis that all workers of the account share; "memory:" for this process alone; empty: there is no ledger',
    ),
  ttl: whole(1, 31_536_000, "seconds")
    .default(259_200)
    .describe("How long a message is known after its last change: 3 days"),
  unknown: word(["resend", "hold", "query"])
    .default("resend")
    .describe(
      "A part that may have been sent and has no answer: sent again, or never again, with a nack; `query` is as `hold`, since query_sm needs the id of that answer",
    ),
});

/** The keys that are mappings of keys of the worker's own. */
const groups = { amqp, amqp_tls: amqpTls, tls, reconnect, throttle, outbind, ledger };

/** The keys, in the order in which they are documented. */
export const settings = z.object({
  amqp: amqp.prefault({}).describe("Where RabbitMQ is; unused when amqp_url or amqp_urls is given"),
  amqp_url: amqpUrl
    .default(new Secret(""))
    .describe(
      'The broker as a URL, or as a list of its nodes\' URLs; "memory:" is a broker inside this process',
    ),
  amqp_urls: amqpUrls
    .default([])
    .describe("The nodes of a RabbitMQ cluster: any will do, and the next one when it goes away"),
  amqp_heartbeat: whole(0, 3_600, "seconds")
    .default(10)
    .describe("A node that is silent for two of these is left for the next one; 0: for ever"),
  amqp_connect_timeout: seconds(0.001)
    .default(5)
    .describe("Seconds for a connection to one node, TLS and login included"),
  amqp_tls: amqpTls.prefault({}).describe("TLS towards nodes whose URL begins with amqps://"),
  queue_type: word(["classic", "quorum"])
    .default("classic")
    .describe("Of queues that the worker makes; one that exists is used as it is"),
  queue_arguments: dictionary
    .default({})
    .describe("Other arguments of queues that the worker makes, as `x-max-length: 100000`"),
  declare_queues: flag
    .default(true)
    .describe(
      "Makes and binds the worker's queues where they are absent: outbound, inbound, event, failed",
    ),
  priority_queue: flag
    .default(false)
    .describe(
      "Consumes `<transport_name>.outbound.high` too, whose messages go before all others: see [What is urgent](#what-is-urgent)",
    ),
  max_deliveries: whole(0, 1_000_000, "deliveries")
    .default(10)
    .describe(
      "A message that a quorum queue delivers once more than so often gets a nack and goes to `<transport_name>.failed`; less than the queue's delivery limit, which is 20 in RabbitMQ 4; 0: no limit",
    ),
  hold_timeout: seconds(0.001)
    .default(900)
    .describe(
      "Seconds that a message may wait here unsent before it goes back to its queue: half of RabbitMQ's consumer_timeout",
    ),
  worker_concurrency: whole(1, 65_535, "messages")
    .default(20)
    .describe("Outbound messages in hand at a time: AMQP prefetch and SMPP window"),
  http_bind: place
    .default("")
    .describe("Where /health, /ready and /metrics are answered; nowhere when empty"),
  http_token: secret(ascii(255))
    .default(new Secret(""))
    .describe("What users of the HTTP gateway must bring; empty: it is for this machine alone"),
  sentry_dsn: secret(
    text("text", (dsn) =>
      dsn === "" || isSentryDsn(dsn) ? undefined : "https://KEY@HOST/PROJECT",
    ),
  )
    .default(new Secret(""))
    .describe("Where errors are reported; needs the package `@sentry/node`"),
  middlewares: z
    .array(z.unknown(), { error: "a list" })
    .default([])
    .describe("Classes that see and change what passes, in order"),
  profile: text()
    .default("")
    .describe("Dialect of an operator: a shipped one's name, or the path of a file"),
  failed_queue: flag
    .default(true)
    .describe("What cannot be handled goes to `<transport_name>.failed`; false drops it, as vumi2"),
  unmatched_receipts: word(["count", "failed"])
    .default("count")
    .describe("Receipts for unknown ids: counted and logged, or put on `.failed`, too"),
  log_level: word(["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
    .default("INFO")
    .describe("Lines of this level and above; at TRACE every PDU is told"),
  log_format: word(["auto", "json", "pretty"])
    .default("auto")
    .describe(
      "JSON lines with levels as words and ISO times, or lines for people; auto: these on a terminal",
    ),
  log_rate: whole(0, 1_000_000, "lines")
    .default(10)
    .describe("Lines of one kind a second; more are counted, and the count is told; 0: all"),
  log_content: flag.default(false).describe("True lets message texts and numbers into the log"),
  transport_name: z
    .preprocess(toText, z.string().regex(/^.{1,240}$/u, { error: "1 to 240 characters" }))
    .default("smpp")
    .describe("First part of the queue names and routing keys"),
  host: host.default("localhost").describe("The SMSC's host name, IPv4 or IPv6 address"),
  port: whole(1, 65_535).default(2775).describe("The SMSC's port"),
  system_id: ascii(15).default("smppclient1").describe("The account at the SMSC"),
  password: secret(ascii(longestPassword))
    .default(new Secret("password"))
    .describe("At most 8 characters, see `allow_long_password`. Default `password`"),
  allow_long_password: flag
    .default(false)
    .describe("Sends a password of 9 to 64 characters, against SMPP 3.4 section 5.2.2"),
  system_type: ascii(12).default("").describe("As the SMSC wants it, mostly empty"),
  interface_version: interfaceVersion
    .default(34)
    .describe("34, 50, or 0 to 33 for 3.3 and earlier: on the wire 0x34, 0x50, 0x33"),
  address_range: ascii(40).default("").describe("Addresses that this account receives for"),
  bind_mode: bindMode
    .default("transceiver")
    .describe("`split`: a transmitter and a receiver, on two connections"),
  binds: binds
    .default([{ count: 1 }])
    .describe("Parallel sessions: a number, or a list of mappings of what differs"),
  parts_on_one_bind: flag
    .default(false)
    .describe("All parts of a message go over one of the sessions"),
  addr_ton: whole(0, 255).default(0).describe("Type of number of `address_range`"),
  addr_npi: whole(0, 255).default(0).describe("Numbering plan of `address_range`"),
  tls: z
    .preprocess(
      (value) => {
        const enabled = flagOf(value);
        return enabled === undefined ? value : { enabled };
      },
      mapping(tls.shape, "true or a mapping"),
    )
    .prefault({})
    .describe("TLS towards the SMSC; `true` is short for `enabled: true`"),
  smpp_window: whole(0, 65_535, "requests")
    .default(0)
    .describe("Unanswered requests at a time; 0: as worker_concurrency"),
  mt_tps: decimal(0, 1_000_000, "parts a second")
    .default(0)
    .describe("submit_sm a second at most, over all sessions; 0: as fast as the windows allow"),
  mt_tps_redis_url: secret(text("text", redisUrlWish))
    .default(new Secret(""))
    .describe("A Redis by which all workers of the account share mt_tps"),
  mt_tps_redis_config: dictionary
    .default({})
    .describe(
      "In its place: Redis with Sentinels, in a cluster or with TLS, see [@esme/redis](../redis/README.md)",
    ),
  throttle: z
    .preprocess(
      (value) => (isScalar(value) ? { initial_pause: value } : value),
      mapping(throttle.shape, "seconds or a mapping"),
    )
    .prefault({})
    .describe("A number is short for `initial_pause`"),
  statuses: statusTable
    .default({})
    .describe("This SMSC's own command_status values: their meaning, and what to do"),
  submit_expiry: seconds(0)
    .default(0)
    .describe("Seconds after its timestamp at which an unsent message gets a nack; 0: never"),
  tlvs: vendorTlvs.default({}).describe("This SMSC's own TLVs"),
  on_link_loss: word(["requeue", "nack"])
    .default("requeue")
    .describe("A part that was written and not answered when the link died: again, or nack"),
  ledger: ledger
    .prefault({})
    .describe(
      "A record of what the SMSC may have, so that no message is sent twice: see [Sent once](#sent-once)",
    ),
  ledger_redis_config: dictionary
    .default({})
    .describe(
      "In place of `ledger.url`: Redis with Sentinels, in a cluster or with TLS, see [@esme/redis](../redis/README.md)",
    ),
  reconnect: reconnect.prefault({}).describe("How a lost link is made again"),
  outbind: outbind.prefault({}).describe("Being called by the SMSC"),
  drain_timeout: seconds(0).default(10).describe("How long a stop waits for messages in hand"),
  smpp_connect_timeout: seconds(0.001)
    .default(10)
    .describe("Seconds for the connection, TLS included"),
  smpp_response_timeout: seconds(0.001)
    .default(30)
    .describe("Seconds to wait for the answer to a submit_sm"),
  smpp_deliver_timeout: seconds(0.001)
    .default(10)
    .describe("Time for the broker to take a deliver_sm, then the SMSC is asked to try again"),
  smpp_enquire_link_timeout: seconds(0.001)
    .default(10)
    .describe("Seconds to wait for the answer to an enquire_link"),
  smpp_enquire_link_always: flag
    .default(false)
    .describe("Also while other PDUs come; else after that long a silence only"),
  smpp_inactivity_timeout: seconds(0)
    .default(0)
    .describe("Seconds without a message after which the link is unbound; 0: never"),
  smpp_enquire_link_interval: whole(1, 86_400, "seconds")
    .default(55)
    .describe("Seconds of silence after which an enquire_link goes out"),
  smpp_bind_timeout: whole(1, 3_600, "seconds")
    .default(30)
    .describe("Seconds to wait for the answer to a bind"),
  sequencer_class: className("@esme/sequencers#InMemorySequencer").describe("Numbers requests"),
  sequencer_config: dictionary
    .default({})
    .describe("See [@esme/sequencers](../sequencers/README.md)"),
  submit_sm_processor_class: className("@esme/processors#SubmitShortMessageProcessor").describe(
    "Makes submit_sm of messages",
  ),
  submit_sm_processor_config: dictionary
    .default({})
    .describe("See [@esme/processors](../processors/README.md)"),
  sm_processor_class: className("@esme/processors#ShortMessageProcessor").describe(
    "Makes messages of deliver_sm",
  ),
  sm_processor_config: dictionary
    .default({})
    .describe("See [@esme/processors](../processors/README.md)"),
  dr_processor_class: className("@esme/processors#DeliveryReportProcessor").describe(
    "Makes delivery reports of receipts",
  ),
  dr_processor_config: dictionary
    .default({})
    .describe("See [@esme/processors](../processors/README.md)"),
  smpp_cache_class: className("@esme/caches#InMemorySmppCache").describe(
    "Keeps message ids and parts",
  ),
  smpp_cache_config: dictionary.default({}).describe("See [@esme/caches](../caches/README.md)"),
});

/** The nodes of RabbitMQ: none where the keys of `amqp` say it, or the broker is inside this process. */
export function nodeUrls({ amqp_url, amqp_urls }: TransportConfig): readonly Secret[] {
  const text = amqp_url.reveal();
  if (text === "memory:") return [];
  return text === "" ? amqp_urls : urlsIn(text).map((url) => new Secret(url));
}

/** Where the Redis is by which workers share `mt_tps`, as `RedisAddress` of `@esme/redis`; undefined without. */
export function rateRedis(config: TransportConfig): object | undefined {
  const { mt_tps_redis_url, mt_tps_redis_config } = config;
  if (Object.keys(mt_tps_redis_config).length > 0) return mt_tps_redis_config;
  const url = mt_tps_redis_url.reveal();
  return url === "" ? undefined : { url };
}

/** Where the ledger is: in this process, or the address of a Redis; undefined without. */
export function ledgerAddress(config: TransportConfig): "memory:" | object | undefined {
  const { ledger, ledger_redis_config } = config;
  if (Object.keys(ledger_redis_config).length > 0) return ledger_redis_config;
  const url = ledger.url.reveal();
  if (url === "memory:") return url;
  return url === "" ? undefined : { url };
}

/** Configuration with every key present and checked. */
export type TransportConfig = z.output<typeof settings>;

/** Configuration as one writes it in a program: every key is optional, secrets may be text. */
export type TransportConfigInput = Written<TransportConfig>;

type Url = string | Secret;

type Written<T> = {
  readonly [K in keyof T]?: T[K] extends Secret
    ? K extends "amqp_url"
      ? Url | readonly Url[]
      : Url
    : T[K] extends readonly Secret[]
      ? Url | readonly Url[]
      : K extends "binds"
        ? number | readonly Written<Connection>[]
        : T[K] extends readonly unknown[]
          ? T[K]
          : K extends "statuses" | "tlvs"
            ? Readonly<Record<string, Written<T[K][keyof T[K]]>>>
            : K extends keyof typeof groups
              ? Written<T[K]>
              : T[K];
};

/** One of `binds`. */
export type Connection = z.output<typeof connection>;

/** Mappings of names that the author of the configuration chooses. */
const tables: ReadonlySet<string> = new Set(["statuses", "tlvs"]);

/** True for keys that are no scalars and no groups: neither flags nor variables can say them. */
export function isMapping(key: string): boolean {
  return isDictionary(key) || tables.has(key);
}

/** True for keys whose value is a mapping or list that belongs to classes, or to the broker. */
export function isDictionary(key: string): boolean {
  return key.endsWith("_config") || key === "middlewares" || key === "queue_arguments";
}

/** The keys of vumi2: a list that does not grow. All others are the worker's own. */
const vumiKeys: ReadonlySet<string> = new Set([
  "address_range",
  "amqp",
  "amqp_url",
  "dr_processor_class",
  "dr_processor_config",
  "host",
  "http_bind",
  "interface_version",
  "log_level",
  "middlewares",
  "password",
  "port",
  "sentry_dsn",
  "sequencer_class",
  "sequencer_config",
  "sm_processor_class",
  "sm_processor_config",
  "smpp_bind_timeout",
  "smpp_cache_class",
  "smpp_cache_config",
  "smpp_enquire_link_interval",
  "submit_sm_processor_class",
  "submit_sm_processor_config",
  "system_id",
  "system_type",
  "transport_name",
  "worker_concurrency",
]);

/** True for keys that vumi2 has too: command lines written for it must keep their meaning. */
export function isVumiKey([key = ""]: readonly string[]): boolean {
  return vumiKeys.has(key);
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
    return isMapping(key) ? [] : [[key]];
  },
);

const defaults = settings.parse({});

/** Names of keys whose default, and so every value, is a `Secret`. */
const secrets: ReadonlySet<string> = new Set(
  scalarPaths.flatMap((path) => {
    const value = path.reduce<unknown>((node, key) => Reflect.get(Object(node), key), defaults);
    return value instanceof Secret ? path.slice(-1) : [];
  }),
).add("amqp_urls");

/** True for keys whose value must not be shown. */
export function isSecret(path: readonly string[]): boolean {
  return path.some((key) => secrets.has(key));
}

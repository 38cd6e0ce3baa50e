import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { ConfigError } from "@esme/settings";
import { describe, expect, test } from "vitest";
import { flagNames, readCommandLine } from "../src/config/command-line.ts";
import { checkConfig, loadConfig, printedConfig, secretsOf } from "../src/config/config.ts";
import {
  isMapping,
  nodeUrls,
  settings,
  type TransportConfigInput,
} from "../src/config/settings.ts";
import { shown } from "../src/config/shown.ts";
import { seconds } from "../src/config/values/scalars.ts";
import { Secret } from "../src/config/values/secret.ts";
import { StatusTable } from "../src/config/values/status-table.ts";
import { bindPlans } from "../src/link/binds.ts";
import { configSchema, keyTable } from "../tools/config-docs.ts";

const yaml = (text: string) => loadConfig({ file: { name: "worker.yaml", text } });

function problems(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("expected a ConfigError");
}

test.each([[""], ["# only a comment"], ["amqp:"], ["host: ~\nport: null\nsystem_type:"]])(
  "the defaults are vumi2's when the file says nothing: %j",
  (text) => {
    const { config, warnings } = yaml(text);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      amqp: { hostname: "127.0.0.1", port: 5672, username: "guest", vhost: "/" },
      worker_concurrency: 20,
      log_level: "INFO",
      transport_name: "smpp",
      host: "localhost",
      port: 2775,
      system_id: "smppclient1",
      system_type: "",
      interface_version: 34,
      address_range: "",
      smpp_enquire_link_interval: 55,
      smpp_bind_timeout: 30,
    });
    expect(config.password.reveal()).toBe("password");
    expect(config.amqp.password.reveal()).toBe("guest");
    expect(config.amqp_url.reveal()).toBe("");
  },
);

test("the type of the key decides what a scalar means, not YAML", () => {
  const { config } = yaml(`
transport_name: 27820001001
system_id: 2000012345
password: 01234567
system_type: off
address_range: 12:30
interface_version: 0x34
smpp_enquire_link_interval: 60.0
worker_concurrency: 1_000
port: "2776"
log_level: debug
`);
  expect(config).toMatchObject({
    transport_name: "27820001001",
    system_id: "2000012345",
    system_type: "off",
    address_range: "12:30",
    interface_version: 0x34,
    smpp_enquire_link_interval: 60,
    worker_concurrency: 1000,
    port: 2776,
    log_level: "DEBUG",
  });
  expect(config.password.reveal()).toBe("01234567");
});

/** What a file's text for a key becomes, or what is wrong with it. */
function read(text: string, path: readonly string[]): unknown {
  const { config } = yaml(text);
  return path.reduce<unknown>((node, key) => Reflect.get(Object(node), key), config);
}

describe("a value is taken in each form that people write:", () => {
  test.each([
    ...["2776", "+2776", "0xAD8", "0Xad8", "2_776", "2_7_7_6", "2776.0", "2776."].map(
      (port) => [`port: ${port}`, 2776] as const,
    ),
    ...["1", "65535"].map((port) => [`port: ${port}`, Number(port)] as const),
    ["mt_tps: 0", 0],
    ["mt_tps: 0.5", 0.5],
    ["mt_tps: +1_0_0.25", 100.25],
    ["mt_tps: 10.", 10],
    ["mt_tps: 1000000", 1_000_000],
    ...["true", "TRUE", "yes", "Yes", "on"].map((word) => [`log_content: ${word}`, true] as const),
    ...["false", "False", "no", "NO", "off"].map(
      (word) => [`declare_queues: ${word}`, false] as const,
    ),
    ["bind_mode: SPLIT", "split"],
    ["system_id: fifteencharacte", "fifteencharacte"],
    ["system_id: ' a ~'", " a ~"],
    ["system_id: true", "true"],
    ["system_id: 1.50", "1.50"],
  ] as const)("%s", (text, value) => {
    const [key = ""] = text.split(":");
    expect(read(text, [key])).toBe(value);
  });

  test.each([
    ...["0", "65536", "-1", "2776x", "x2776", "1e3", "0xG", "x0x1", "''", "' 1'"].map(
      (port) => `port: ${port}`,
    ),
    ...["-1", ".5", "1e3", "0x10", "1.5s", "s1.5", "''", "1000000.5"].map(
      (tps) => `mt_tps: ${tps}`,
    ),
    ...["1", "0", "y", "oui"].map((word) => `log_content: ${word}`),
    'system_id: "a\\tb"',
    'system_id: "a\\x7F"',
    "system_id: sixteencharacter",
    "sequencer_class: ''",
    "sequencer_config: 5",
    "middlewares: x",
    ...["-1", "35", "53", "34.5", "x"].map((version) => `interface_version: ${version}`),
  ])("%s is none", (text) => {
    const [key] = text.split(":");
    expect(problems(() => yaml(text))).toEqual([expect.stringMatching(`^${key}: expected `)]);
  });

  test("and by a program without types", () => {
    // What such a program can hand in.
    const input: object = {
      system_id: 2000012345,
      system_type: true,
      password: new Secret("hunter2"),
      mt_tps: "1_0.5",
      throttle: { statuses: 88 },
    };
    const { config } = checkConfig(input);
    expect(config).toMatchObject({
      system_id: "2000012345",
      system_type: "true",
      mt_tps: 10.5,
      throttle: { statuses: [88] },
    });
    expect(config.password.reveal()).toBe("hunter2");
  });
});

test.each([
  ["33", 0x33],
  ["34", 0x34],
  ["50", 0x50],
  ["0x33", 0x33],
  ["0x34", 0x34],
  ["0x50", 0x50],
])("interface_version %s goes out as %i", (version, octet) => {
  const { config } = yaml(`interface_version: ${version}`);
  expect(bindPlans(config)[0]?.bind.interface_version).toBe(octet);
});

test("a class's own mapping is passed on as YAML reads it", () => {
  const { config } = yaml("submit_sm_processor_config:\n  data_coding: 8\n  service_type: CMT\n");
  expect(config.submit_sm_processor_config).toEqual({ data_coding: 8, service_type: "CMT" });
});

test("the worker's own mappings are checked like the keys at the top", () => {
  const { config, warnings } = yaml("tls: true\nreconnect: {initial_delay: 0.5}");
  expect(config.tls).toMatchObject({ enabled: true, reject_unauthorized: true });
  expect(config.reconnect).toMatchObject({ initial_delay: 0.5, max_delay: 60 });
  expect(warnings).toEqual([]);
  const { tls } = loadConfig({ flags: ["--tls-enabled", "true", "--tls-servername", "x"] }).config;
  expect(tls).toMatchObject({ enabled: true, servername: "x" });
  expect(problems(() => yaml("reconnect: {max_delay: soon}"))).toEqual([
    'reconnect.max_delay: expected seconds, from 0.001 to 86400, got "soon" (worker.yaml, line 1)',
  ]);
});

test("flags win over the environment, the environment over the file, key by key", () => {
  const { config } = loadConfig({
    file: { name: "f", text: "host: file\nport: 1\namqp: {hostname: file, port: 1, vhost: file}" },
    environment: { PORT: "2", AMQP_PORT: "2", AMQP_HOSTNAME: "environment" },
    flags: ["--amqp-hostname", "flag"],
  });
  expect(config).toMatchObject({
    host: "file",
    port: 2,
    amqp: { hostname: "flag", port: 2, vhost: "file" },
  });
});

test("a prefix keeps other software's variables out", () => {
  const environment = { VUMI_CONFIG_PREFIX: "sms", HOST: "other", SMS_HOST: "ours" };
  expect(loadConfig({ environment }).config.host).toBe("ours");
});

test("the beginning of a flag is enough when only one begins so", () => {
  const { config } = loadConfig({ flags: ["--amqp-host=broker", "--transport", "sms"] });
  expect(config.amqp.hostname).toBe("broker");
  expect(config.transport_name).toBe("sms");
});

test.each([
  [["--amqp-p", "1"], "--amqp-p: ambiguous, could be --amqp-port, --amqp-password"],
  [["--smpp-host", "x"], "--smpp-host: no such flag, did you mean --host?"],
])("the flag %j is refused", (flags, problem) => {
  expect(problems(() => loadConfig({ flags }))).toEqual([problem]);
});

test.each([
  ["port: smpp", 'port: expected an integer from 1 to 65535, got "smpp" (worker.yaml, line 1)'],
  ["port: 70000", 'port: expected an integer from 1 to 65535, got "70000" (worker.yaml, line 1)'],
  ["port: 27.5", 'port: expected an integer from 1 to 65535, got "27.5" (worker.yaml, line 1)'],
  ["host: [a, b]", "host: expected text, got a list (worker.yaml, line 1)"],
  [
    "system_id: sixteencharacter",
    'system_id: expected at most 15 ASCII characters, got "sixteencharacter" (worker.yaml, line 1)',
  ],
  [
    "system_type: größer",
    'system_type: expected at most 12 ASCII characters, got "größer" (worker.yaml, line 1)',
  ],
  [
    "password: longerthan8",
    "password: expected at most 8 characters, or allow_long_password where the SMSC takes more, got 11 characters (not shown) (worker.yaml, line 1)",
  ],
  [
    "interface_version: 35",
    'interface_version: expected 34, 50, or 0 to 33 (SMPP 3.4, 5.0, or 3.3 and earlier), got "35" (worker.yaml, line 1)',
  ],
  [
    "log_level: loud",
    'log_level: expected one of TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL, got "loud" (worker.yaml, line 1)',
  ],
  [
    "amqp_url: http://user:hunter2@x",
    'amqp_url: expected an amqp:// or amqps:// URL, or "memory:" for the embedded broker, got 21 characters (not shown) (worker.yaml, line 1)',
  ],
  [
    "bind_mode: both",
    'bind_mode: expected one of transceiver, transmitter, receiver, split, got "both" (worker.yaml, line 1)',
  ],
  [
    "amqp: {port: x}",
    'amqp.port: expected an integer from 1 to 65535, got "x" (worker.yaml, line 1)',
  ],
  [
    "dr_processor_config: x",
    "dr_processor_config: expected a mapping, got text (worker.yaml, line 1)",
  ],
  ['host: ""', 'host: expected a host name or an address, got "" (worker.yaml, line 1)'],
  [
    "host: smpp://smpp.example",
    'host: expected a host name or an address without smpp://, got "smpp://smpp.example" (worker.yaml, line 1)',
  ],
  [
    "host: smpp.example:2775",
    'host: expected a host name or an address; the port stands in port, got "smpp.example:2775" (worker.yaml, line 1)',
  ],
  [
    "amqp: {hostname: 'a b'}",
    'amqp.hostname: expected a host name or an address without blanks, got "a b" (worker.yaml, line 1)',
  ],
  [
    "host: '[::1]'",
    'host: expected a host name or an address, IPv6 without [ ], got "[::1]" (worker.yaml, line 1)',
  ],
  [
    "binds: many",
    'binds: expected a number of sessions from 1 to 100, or a list of mappings, got "many" (worker.yaml, line 1)',
  ],
  [
    "throttle: {statuses: [ESME_RTHROTLED]}",
    'throttle.statuses[0]: expected command_status values such as 0x58 or ESME_RTHROTTLED (did you mean ESME_RTHROTTLED?), got "ESME_RTHROTLED" (worker.yaml, line 1)',
  ],
  [
    "statuses: {ESME_RINVPASWRD: {reaction: stop}}",
    "statuses: expected command_status values such as 0x58 or ESME_RTHROTTLED (did you mean ESME_RINVPASWD?), got ESME_RINVPASWRD (worker.yaml, line 1)",
  ],
  [
    "statuses: {0x400: {reacton: stop}}",
    "statuses.0x400.reacton: unknown key, did you mean reaction? (worker.yaml, line 1)",
  ],
  [
    "tlvs: {pe-id: {tag: 0x1400}}",
    "tlvs: expected names of letters, digits and _, got pe-id (worker.yaml, line 1)",
  ],
  [
    "tls.enabled: true",
    "tls.enabled: unknown key, enabled stands inside tls, as in tls: { enabled: ... } (worker.yaml, line 1)",
  ],
  [
    "profile: vonag",
    expect.stringMatching(
      /^profile: there is no profile vonag, did you mean vonage\?; shipped are/,
    ),
  ],
  ["- a", "worker.yaml: expected a mapping of keys to values"],
])("%j is refused naming key, value, wish and place", (text, problem) => {
  expect(problems(() => yaml(text))).toEqual([problem]);
});

describe("outbind.listen with neither outbind.system_id nor outbind.password", () => {
  const listening = (listen: string, more = "") =>
    problems(() => yaml(`outbind: {listen: "${listen}"${more}}`));
  const open = ["0.0.0.0:2776", "[::]:2776", "10.0.0.7:2776", "[fe80::1]:2776", "smpp.example:0"];

  test.each(open)("is refused at %s, which others can reach", (listen) => {
    expect(listening(listen)).toEqual([
      `outbind.listen: expected a loopback address, or else outbind.system_id or outbind.password: whoever sends an outbind there is sent this account's password, got "${listen}" (worker.yaml, line 1)`,
    ]);
  });

  const closed = ["127.0.0.1:0", "127.8.0.1:0", "localhost:0", "[::1]:0", "[::ffff:127.0.0.1]:0"];
  test.each(closed)("is taken at %s", (listen) => {
    expect(yaml(`outbind: {listen: "${listen}"}`).config.outbind.listen).toBe(listen);
  });

  test.each([", system_id: centre", ", password: hello"])("or with %s", (more) => {
    for (const listen of open) {
      expect(yaml(`outbind: {listen: "${listen}"${more}}`).warnings).toEqual([]);
    }
  });
});

test("every problem is told at once", () => {
  expect(problems(() => yaml("port: x\nsystem_id: sixteencharacter"))).toHaveLength(2);
});

test("broken YAML is refused with its place, and without quoting the file", () => {
  const [problem] = problems(() => yaml('host: x\npassword: "hunter2'));
  expect(problem).toMatch(/^worker\.yaml, line 2, column \d+: /);
  expect(problem).not.toContain("hunter2");
});

test("an unknown key at the top is told and ignored", () => {
  const { config, warnings } = yaml("hots: x\nvhost: y\n__proto__: {port: 1}\nlunch:");
  expect(warnings).toEqual([
    "hots: not a key of this worker, ignored; did you mean host? (worker.yaml, line 1)",
    "vhost: not a key of this worker, ignored; did you mean amqp.vhost? (worker.yaml, line 2)",
    "__proto__: not a key of this worker, ignored (worker.yaml, line 3)",
    "lunch: not a key of this worker, ignored (worker.yaml, line 4)",
  ]);
  expect(config.port).toBe(2775);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

describe("an unknown name", () => {
  const ignored = "not a key of this worker, ignored";

  test.each([
    ["hos", "; did you mean host?"],
    ["host_x", "; did you mean host?"],
    ["ho", ""],
    ["zzzz", ""],
    ["smpp_w", "; did you mean smpp_window?"],
    ["smpp_window_size", "; did you mean smpp_window?"],
    ["ca", "; did you mean amqp_tls.ca or tls.ca?"],
    ["initial_delay", "; did you mean reconnect.initial_delay?"],
    ["vhos", ""],
  ])("%s at the top is ignored%s", (key, meant) => {
    const { warnings } = yaml(`${key}: 1`);
    expect(warnings).toEqual([`${key}: ${ignored}${meant} (worker.yaml, line 1)`]);
  });

  test.each([
    ["tls: {cer: x}", "tls.cer", "did you mean cert?"],
    ["tls: {pass: x}", "tls.pass", "did you mean passphrase?"],
    ["amqp: {p: x}", "amqp.p", "expected hostname, port, username, password, vhost"],
    ["statuses: {1: {zzzzz: 1}}", "statuses.1.zzzzz", "expected meaning, reaction"],
  ])("inside a mapping is refused: %s", (text, name, wish) => {
    const told = `${name}: unknown key, ${wish} (worker.yaml, line 1)`;
    expect(problems(() => yaml(text))).toEqual([told]);
  });

  const environment = {
    VUMI_CONFIG_PREFIX: "vumi",
    VUMI_CONFIG_FILE: "worker.yaml",
    VUMI_HOTS: "x",
    VUMI_XYZZY_QQQQ: "x",
    VUMIX: "x",
    HOTS: "x",
  };

  test("of a variable is told where a prefix says whose it is", () => {
    expect(loadConfig({ environment }).warnings).toEqual([
      `VUMI_HOTS: ${ignored}; did you mean VUMI_HOST? (environment)`,
      `VUMI_XYZZY_QQQQ: ${ignored} (environment)`,
    ]);
    expect(loadConfig({ environment: { HOTS: "x" }, strict: true }).warnings).toEqual([]);
  });

  test("is refused where strict says so, behind what is wrong otherwise", () => {
    const file = { name: "f", text: "hots: 1\nport: x" };
    expect(problems(() => loadConfig({ file, environment, strict: true }))).toEqual([
      'port: expected an integer from 1 to 65535, got "x" (f, line 2)',
      "hots: not a key of this worker; did you mean host? (f, line 1)",
      "VUMI_HOTS: not a key of this worker; did you mean VUMI_HOST? (environment)",
      "VUMI_XYZZY_QQQQ: not a key of this worker (environment)",
    ]);
  });

  test.each([
    [50, []],
    [51, ["... and 1 more"]],
    [1_100, ["... and 1,050 more"]],
  ])("of %i the first fifty are told", (count, rest) => {
    const text = Array.from({ length: count }, (_, index) => `zzz${index}: 1`).join("\n");
    const { warnings } = yaml(text);
    expect(warnings.slice(50)).toEqual(rest);
    expect(warnings[49]).toBe(`zzz49: ${ignored} (worker.yaml, line 50)`);
  });
});

describe("a sentence shows of a value", () => {
  test.each<[string, unknown, string]>([
    ["log_level", "loud", '"loud"'],
    ["log_level", "l".repeat(80), `"${"l".repeat(80)}"`],
    ["log_level", "l".repeat(81), `"${"l".repeat(80)}..."`],
    ["log_level", "me:hunter2@host", "15 characters (not shown)"],
    ["log_level", "me:@", "4 characters (not shown)"],
    ["log_level", 5, "5"],
    ["log_level", true, "true"],
    ["log_level", null, "nothing"],
    ["log_level", undefined, "nothing"],
    ["log_level", [], "an empty list"],
    ["log_level", ["hunter2"], "a list"],
    ["log_level", { hunter: 2 }, "a mapping"],
    ["log_level", () => {}, "a function"],
    ["password", "hunter2", "7 characters (not shown)"],
    ["password", 1234567, "7 characters (not shown)"],
    ["password", ["hunter2"], "a list"],
    ["amqp.password", "hunter2", "7 characters (not shown)"],
    ["binds.0.password", "hunter2", "7 characters (not shown)"],
    ["sequencer_config.api_key", "hunter2", "7 characters (not shown)"],
    ["sequencer_config.nested.token.0", "hunter2", "7 characters (not shown)"],
    ["sequencer_config.prefix", "sms", '"sms"'],
    ["sequencer_config", "hunter2", "text"],
    ["sequencer_config", 5, "5"],
    ["amqp", "hunter2", "text"],
    ["amqp", 5, "5"],
    ["amqp.vhost", "sms", '"sms"'],
  ])("of %s, %o: %s", (path, value, expected) => {
    expect(shown(path.split("."), value)).toBe(expected);
  });
});

describe("a secret", () => {
  const { config } = checkConfig({ password: "hunter2", amqp_url: "amqp://u:hunter2@h" });

  test.each([
    ["JSON", JSON.stringify(config)],
    ["an inspection", inspect(config, { depth: 9 })],
    ["text", `${config.password} ${config.amqp_url}`],
  ])("does not show in %s", (_, seen) => {
    expect(seen).not.toContain("hunter2");
    expect(seen).toContain("[secret]");
  });

  test("is there for the wire", () => {
    expect(config.password.reveal()).toBe("hunter2");
  });
});

test("there is a flag for every scalar key", () => {
  expect(flagNames).toContain("amqp-hostname");
  expect(flagNames).toContain("smpp-enquire-link-interval");
  expect(flagNames).not.toContain("submit-sm-processor-config");
});

describe("made from the table of settings (npm run generate):", () => {
  const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

  test("the README's table", () => {
    expect(read("README.md")).toContain(keyTable());
  });

  test("the JSON Schema for editors", () => {
    expect(JSON.parse(read("config.schema.json"))).toEqual(configSchema());
  });

  test("a new key is one row: the README's table, the schema and what is wrong follow", () => {
    const table = settings.extend({
      smpp_new: seconds(1).default(5).describe("What is new"),
    });
    const added = keyTable(table)
      .split("\n")
      .filter((row) => !keyTable().includes(row));
    expect(added).toEqual(["| `smpp_new` | 1 to 86400 | `5` | What is new |"]);
    expect(configSchema(table).properties?.["smpp_new"]).toMatchObject({
      description: "What is new",
      default: 5,
      minimum: 1,
    });
    expect(table.parse({ smpp_new: "7" })).toMatchObject({ smpp_new: 7 });
    expect(table.safeParse({ smpp_new: 0 }).error?.issues).toMatchObject([{ path: ["smpp_new"] }]);
  });

  test("every key is a flag, a group of flags, or a mapping", () => {
    const names = Object.keys(settings.shape).filter((key) => !isMapping(key));
    for (const key of names) {
      const flag = key.replaceAll("_", "-");
      expect(flagNames.filter((name) => name === flag || name.startsWith(`${flag}-`))).not.toEqual(
        [],
      );
    }
  });

  test("every key says what it is for", () => {
    const silent = keyTable()
      .split("\n")
      .filter((row) => row.endsWith("|  |"));
    expect(silent).toEqual([]);
  });
});

describe("names of command_status values", () => {
  test.each([
    ["throttle: {statuses: [ESME_RTHROTTLED, 0x14]}", [0x58, 0x14]],
    ["throttle: {statuses: 'esme_rthrottled, 20'}", [0x58, 0x14]],
    ["throttle: {statuses: 88}", [0x58]],
    ["throttle: {statuses: [' esme_rthrottled ']}", [0x58]],
    ["throttle: {statuses: ', 1 ,, 4294967295,'}", [1, 0xffff_ffff]],
    ["throttle: {statuses: []}", []],
  ])("%s", (text, expected) => {
    expect(yaml(text).config.throttle.statuses).toEqual(expected);
  });

  test.each(["0", "4294967296", "1.5", "-1", "x"])("no refusal has %s", (status) => {
    const wish = expect.stringMatching("expected command_status values such as 0x58");
    expect(problems(() => yaml(`throttle: {statuses: "${status}"}`))).toEqual([wish]);
    expect(problems(() => yaml(`statuses: {"${status}": {reaction: retry}}`))).toEqual([wish]);
  });

  test.each([1, 0xffff_ffff])("a refusal can have %i", (status) => {
    const { statuses } = yaml(`statuses: {${status}: {reaction: retry}}`).config;
    expect(new StatusTable(statuses).reactionTo(status)).toBe("retry");
  });

  test("stand for their numbers in `statuses`", () => {
    const { statuses } = yaml("statuses: {ESME_RTHROTTLED: {reaction: retry}}").config;
    expect(new StatusTable(statuses).reactionTo(0x58)).toBe("retry");
  });
});

describe("hosts and URLs that are taken:", () => {
  test.each(["smpp.example", "10.0.0.7", "::1", "fe80::1%eth0", "xn--bcher-kva.example", "a_b"])(
    "%s",
    (host) => {
      expect(checkConfig({ host, amqp: { hostname: host } }).config.host).toBe(host);
    },
  );

  test.each([
    ["smpps+tls.2://h", " without smpps+tls.2://"],
    ["1p://h", " without a path"],
    ["me@h", " without a user"],
    ["a\tb", " without blanks"],
    ["a/b", " without a path"],
    ["[::1]", ", IPv6 without [ ]"],
    ["[::1]:2775", "; the port stands in port"],
    ["[::1", "; the port stands in port"],
    ["::1]", "; the port stands in port"],
    ["fe80::zz", "; the port stands in port"],
  ])("%s is refused: a host name or an address%s", (host, more) => {
    const wish = expect.stringMatching(/^host: expected a host name or an address/);
    expect(problems(() => checkConfig({ host }))).toEqual([wish]);
    expect(problems(() => checkConfig({ host }))[0]).toContain(`an address${more}, got `);
  });

  test.each(["redis://h", "rediss://u:p@h:6379/1"])("%s", (mt_tps_redis_url) => {
    const { config } = checkConfig({ mt_tps: 1, mt_tps_redis_url });
    expect(config.mt_tps_redis_url.reveal()).toBe(mt_tps_redis_url);
  });

  test.each([
    ["redis://", "a redis:// or rediss:// URL"],
    ["REDIS://h", "a redis:// or rediss:// URL"],
    ["http+redis://h", "a redis:// or rediss:// URL"],
    ["redis://h:x", "a URL whose port is a number from 1 to 65535"],
    ["redis://a^b", "a URL such as redis://host:6379/0"],
  ])("%s is refused: %s", (mt_tps_redis_url, wish) => {
    expect(problems(() => checkConfig({ mt_tps: 1, mt_tps_redis_url }))).toEqual([
      expect.stringContaining(`mt_tps_redis_url: expected ${wish}`),
    ]);
  });

  test.each([
    ["http+amqp://h", "an amqp:// or amqps:// URL"],
    ["amqp://u:p w@h", "a URL without blanks: in a password"],
    ["amqp://h:", "a URL whose port is a number from 1 to 65535: in a password"],
    ["amqp://h:1x", "a URL whose port is a number from 1 to 65535: in a password"],
    ["amqp://h:x1", "a URL whose port is a number from 1 to 65535: in a password"],
    ["amqp://h:65536", "a URL whose port is a number from 1 to 65535: in a password"],
    ["amqp://u:1?w@h", "a URL: in a password"],
    ["amqp://a^b", "a URL such as amqp://host:5672/vhost"],
  ])("%s is refused: %s", (amqp_url, wish) => {
    expect(problems(() => checkConfig({ amqp_url }))).toEqual([
      expect.stringContaining(`amqp_url: expected ${wish}`),
    ]);
  });

  test.each([
    "",
    "memory:",
    "AMQP://h",
    "amqp://h:1",
    "amqp://h:65535",
    "amqp://u:p:q@h:5672",
    "amqp://[::1]",
    "amqp://h/v:host",
    "amqp://h/%2F?x=:y",
    "amqp://u@h?x",
    "amqp://h",
    "amqps://u:p@h:5671/v",
    "amqp://u:p%2F%40@h:5672/%2F?heartbeat=5",
    "amqp://[::1]:5672",
    "amqp://u@h/",
  ])("%s", (amqp_url) => {
    expect(checkConfig({ amqp_url }).config.amqp_url.reveal()).toBe(amqp_url);
  });

  test.each([
    "amqp://u:p#w@h",
    "amqp://h:notaport",
    "amqp://h:0",
    "amqp://h:70000",
    "amqp://u:p w@h",
    "amqp://",
    "amqp:h",
  ])("%s is refused, and not shown", (amqp_url) => {
    expect(problems(() => checkConfig({ amqp_url }))).toEqual([
      expect.stringMatching(
        /^amqp_url: expected .*URL.*, got \d+ characters \(not shown\) \(the configuration\)$/,
      ),
    ]);
  });

  /** What the package of Sentry takes, as it has it: what it does not take it prints. */
  const sentrys =
    /^(?:(\w+):)\/\/(?:(\w+)(?::(\w+)?)?@)((?:\[[:.%\w]+\]|[\w.-]+))(?::(\d+))?\/(.+)/;

  test.each([
    ["https://k@h/1", true],
    ["http://k:s@h:9000/path/1", true],
    ["https://k@[::1]/1", true],
    ["HTTPS://k:@h.x-y_z/1", true],
    ["https://k@h:12345/a/b~c.d-e/12", true],
    ["https://k@h:123456/1", false],
    ["https://k@h:/1", false],
    ["https://k@[g]/1", false],
    ["https://k@h//1", false],
    ["https://k@h/1x", false],
    ["https://@h/1", false],
    ["https://k@/1", false],
    ["ftp://k@h/1", false],
    ["x https://k@h/1", false],
    ["https://k.x:@h:x/1", false],
    ["https://k-y@h/1", false],
    ["https://k@h/x", false],
    ["https://k@h", false],
  ])("the DSN %s: %s", (dsn, isTaken) => {
    const load = () => checkConfig({ sentry_dsn: dsn });
    if (isTaken) expect(load().config.sentry_dsn.reveal()).toMatch(sentrys);
    else expect(load).toThrow(/^sentry_dsn: expected https:\/\/KEY@HOST\/PROJECT/);
  });
});

describe("the command line", () => {
  const settings = (words: readonly string[]) =>
    readCommandLine(words).settings.map(({ path, value }) => `${path.join(".")}=${value}`);

  test.each([
    [["--system_id", "me"], ["system_id=me"]],
    [["--amqp_host=h"], ["amqp.hostname=h"]],
    [["--host", ""], ["host="]],
    [["--password=-x"], ["password=-x"]],
    [["--password", "a b=c"], ["password=a b=c"]],
    [["worker", "vumi2.transports.smpp.SmppTransceiverTransport", "--port", "1"], ["port=1"]],
    [
      ["--port", "1", "--host=a=b", "--log", "debug"],
      ["port=1", "host=a=b", "log_level=debug"],
    ],
    [["-host", "a"], ["host=a"]],
    [["--host", "a\nb"], ["host=a\nb"]],
    [["--password=a\nb"], ["password=a\nb"]],
    [["--tls-e", "true"], ["tls.enabled=true"]],
    [["--password", "a--host"], ["password=a--host"]],
    [["worker", "vumi2.transports.smpp.smpp.SmppTransceiverTransport"], []],
  ])("%j", (words, expected) => {
    expect(settings(words)).toEqual(expected);
  });

  test.each([
    [["--check"], ["check"], undefined],
    [["-h"], ["help"], undefined],
    [["--strict", "--print_config", "--config", "a.yaml"], ["strict", "print-config"], "a.yaml"],
    [["--config=a=b", "--version"], ["version"], "a=b"],
  ])("%j asks for %j of the file %s", (words, actions, file) => {
    const read = readCommandLine(words);
    expect([...read.actions]).toEqual(actions);
    expect(read).toEqual({ actions: read.actions, settings: [], ...(file && { file }) });
  });

  test.each([
    [
      ["--password", "--host", "h"],
      ["--password: expected a value; one that begins with - is written --password=VALUE"],
    ],
    [
      ["--host", "-x", "--port", "1"],
      ["--host: expected a value; one that begins with - is written --host=VALUE"],
    ],
    [
      ["--config", "--check"],
      ["--config: expected a value; one that begins with - is written --config=VALUE"],
    ],
    [["--config="], ["--config: expected a value"]],
    [["--check=yes"], ["--check: takes no value"]],
    [["--host"], ["--host: expected a value"]],
    [["-x", "y"], ["-x: no such flag"]],
    [["--prot", "1"], ["--prot: no such flag, did you mean --port?"]],
    [["--nonsense", "--port", "1"], ["--nonsense: no such flag"]],
    [
      ["--nonsense=1", "2"],
      ["--nonsense: no such flag", expect.stringMatching(/^word 2 \(/)],
    ],
    [["--bind", "1"], ["--bind: ambiguous, could be --bind-mode, --binds"]],
    [["--system", "1"], ["--system: ambiguous, could be --system-id, --system-type"]],
    [["--passwordHunter22"], ["--password: expected its value behind a blank or ="]],
    [["--two words"], ["a word that begins with - is no flag"]],
    [[`--${"x".repeat(61)}`], ["a word that begins with - is no flag"]],
    [[`--${"x".repeat(60)}`], [`--${"x".repeat(60)}: no such flag`]],
    [["--check", "a"], [expect.stringMatching(/^word 2, behind --check \(not shown\)/)]],
    [["-"], [expect.stringMatching(/^word 1 \(not shown\)/)]],
    [["Hunter-22"], [expect.stringMatching(/^word 1 \(not shown\)/)]],
    [["worker"], [expect.stringMatching(/^worker: expected the class vumi2\.\S+ behind it$/)]],
    [
      ["worker", "Hunter 22"],
      [expect.stringMatching(/^worker: expected the class vumi2\.\S+ behind it$/)],
    ],
    [
      ["worker", "--port", "1"],
      [expect.stringMatching(/^worker: expected the class /), expect.stringMatching(/^word 3 /)],
    ],
    [
      ["worker", "vumi2.transports.smpp.SmppTransport"],
      [expect.stringMatching(/^worker: there is no class \S+SmppTransport here, did you mean /)],
    ],
    [
      ["worker", "x.SmmpTransceiverTransport"],
      [expect.stringMatching(/^worker: there is no class \S+ here, did you mean vumi2\.\S+\?$/)],
    ],
    [
      ["worker", "vumi2.smpp.HttpTransport"],
      [
        expect.stringMatching(
          /^worker: there is no class \S+ here, this program is vumi2\.\S+ alone$/,
        ),
      ],
    ],
    [
      ["a", "b"],
      [expect.stringMatching(/^word 1 /), expect.stringMatching(/^word 2 /)],
    ],
    [["--host", "a", "b"], [expect.stringMatching(/^word 3, behind --host \(not shown\)/)]],
  ])("%j is refused", (words, expected) => {
    expect(problems(() => readCommandLine(words))).toEqual(expected);
  });
});

describe("the nodes of RabbitMQ", () => {
  const [one, two] = ["amqp://u:p,w@a:5672/v", "amqps://b"];

  test.each<[string, TransportConfigInput]>([
    ["amqp_urls, a list", { amqp_urls: [one, new Secret(two)] }],
    ["amqp_urls, a text", { amqp_urls: `${one}, ${two}` }],
    ["amqp_url, a list", { amqp_url: [one, two] }],
    ["amqp_url, a text", { amqp_url: `${one},${two}` }],
  ])("%s", (_, input) => {
    const urls = nodeUrls(checkConfig(input).config);
    expect(urls.map((url) => url.reveal())).toEqual([one, two]);
  });

  test.each(["", "memory:"])("are not in amqp_url: %j", (amqp_url) => {
    expect(nodeUrls(checkConfig({ amqp_url }).config)).toEqual([]);
  });

  test("come from YAML, variables and flags, and are never shown", () => {
    const loaded = [
      yaml(`amqp_urls:\n  - amqp://u:hunter2@a\n  - amqp://u:hunter2@b`),
      loadConfig({ environment: { AMQP_URLS: "amqp://u:hunter2@a,amqp://u:hunter2@b" } }),
      loadConfig({ flags: ["--amqp-urls", "amqp://u:hunter2@a,amqp://u:hunter2@b"] }),
    ];
    for (const one of loaded) {
      expect(nodeUrls(one.config)).toHaveLength(2);
      expect(printedConfig(one)).toContain('amqp_urls: ["[secret]","[secret]"]');
      expect(secretsOf(one.config)).toContain("hunter2");
    }
  });

  test.each<[TransportConfigInput, string]>([
    [
      { amqp_urls: ["amqp://a", "http://u:hunter2@b"] },
      "amqp_urls[1]: expected an amqp:// or amqps:// URL, got 18 characters (not shown)",
    ],
    [
      { amqp_urls: ["memory:"] },
      "amqp_urls[0]: expected an amqp:// or amqps:// URL, got 7 characters (not shown)",
    ],
    [
      { amqp_url: ["amqp://a", "memory:"] },
      "amqp_url: expected an amqp:// or amqps:// URL for each node, got a list",
    ],
    [
      { amqp_url: "amqp://a", amqp_urls: ["amqp://b"] },
      "amqp_urls: expected nothing beside amqp_url",
    ],
  ])("%j is refused", (input, problem) => {
    expect(problems(() => checkConfig(input))).toEqual([`${problem} (the configuration)`]);
  });
});

test.each([
  ["{x-queue-type: quorum}", "queue_arguments.x-queue-type: expected it as queue_type"],
  [
    "{x-max-length: [1]}",
    "queue_arguments.x-max-length: expected a number, true, false, or text, got a list",
  ],
])("queue_arguments: %s is refused", (text, problem) => {
  expect(problems(() => yaml(`queue_arguments: ${text}`))).toEqual([
    `${problem} (worker.yaml, line 1)`,
  ]);
});

/** No output of the program has a secret in it, whatever is wrong with its configuration. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Smsc } from "@esme/smsc";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { checkConfig, loadConfig, printedConfig, secretsOf } from "../src/config/config.ts";
import {
  namesSecret,
  secretsIn,
  withoutSecretKeys,
  withoutSecrets,
  withoutValues,
} from "../src/config/values/redaction.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { WorkerProcess } from "./worker-process.ts";

/** What nobody may see; short enough for a password of SMPP. */
const secret = "Hunter22";

const folder = mkdtempSync(join(tmpdir(), "esme-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const classes = {
  "names-url.mjs": `export default class { constructor({ url }) { throw new Error("cannot reach " + url); } }`,
  "names-key.mjs": `export default class { constructor({ api_key }) { throw new Error("refused " + api_key); } }`,
  "logs.mjs": `export default class {
    constructor(config, { logger }) {
      this.config = config;
      logger.error({ config }, "made");
      logger.error({ err: new Error("with " + config.api_key + " at " + config.url) }, "at " + config.url);
    }
    // Asked for the number of the bind: a check has come to its end without.
    next() {
      setTimeout(() => { throw new Error("later " + this.config.url + " " + this.config.api_key); }, 300).unref();
      return 1;
    }
  }`,
};
beforeAll(() => {
  for (const [name, text] of Object.entries(classes)) writeFileSync(join(folder, name), text);
});

interface Run {
  readonly file?: string;
  readonly words?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** All that the program wrote, both streams, and its exit code. */
async function run({
  file,
  words = [],
  environment,
}: Run): Promise<{ output: string; code: unknown }> {
  const path = join(folder, "worker.yaml");
  if (file !== undefined) writeFileSync(path, file);
  const named = file === undefined ? [] : ["--config", path];
  const worker = new WorkerProcess([...named, ...words], environment);
  onTestFinished(() => worker.kill("SIGKILL"));
  const code = await worker.ended();
  return { output: worker.output, code };
}

describe("refused with 2, a sentence, and no secret:", { timeout: 30_000 }, () => {
  test.each<[string, Run, RegExp]>([
    ["an alias", { file: `password: *${secret}\n` }, /line 1, .*alias/],
    ["a tag", { file: `password: !${secret}\n` }, /line 1, .*tag/],
    ["an open quotation mark", { file: `password: "${secret}\n` }, /quotation mark/],
    ["no blank behind the colon", { file: `a: 1\npassword:${secret}\n` }, /colon/],
    [
      "text for a mapping of a class",
      { file: `smpp_cache_config: redis://:${secret}@h\n` },
      /got text/,
    ],
    [
      "the same by a variable",
      { environment: { SEQUENCER_CONFIG: `redis://:${secret}@h` } },
      /got text/,
    ],
    [
      "text for a group",
      { file: `amqp: amqp://u:${secret}@h\n` },
      /amqp: expected a mapping, got text/,
    ],
    ["a URL as a host", { file: `host: smpp://u:${secret}@h\n` }, /host: expected .*not shown/],
    [
      "a mistyped key beside a secret",
      { file: `binds: [{pass_word: ${secret}}]\n` },
      /did you mean password/,
    ],
    ["a key in a group", { file: `amqp: {passwd: ${secret}}\n` }, /amqp\.passwd: unknown key/],
    [
      "a key with its value",
      { file: `{"password=${secret}": x}\n`, words: ["--strict"] },
      /not shown/,
    ],
    ["a password that is no ASCII", { file: `password: ${secret}ü\n` }, /at most 64 ASCII/],
    ["a list for a password", { file: `password: [${secret}]\n` }, /got a list/],
    [
      "a DSN that Sentry does not take",
      { file: `sentry_dsn: https://${secret}.x:@h:x/1\n` },
      /sentry_dsn: expected https/,
    ],
    [
      "a URL of RabbitMQ with a port of letters",
      { file: `amqp_url: amqp://u:${secret}@h:port\n` },
      /port is a number/,
    ],
    [
      "a URL of Redis with a blank",
      { file: `mt_tps_redis_url: "redis://:a ${secret}@h"\nmt_tps: 1\n` },
      /without blanks/,
    ],
    ["a stray word", { words: ["--host", "h", secret] }, /word 3, behind --host/],
    [
      "a flag without a blank",
      { words: [`--password${secret}`] },
      /--password: expected its value/,
    ],
    ["a flag with a dash", { words: ["--password", `-${secret}`] }, /--password=VALUE/],
    ["an unknown flag with a value", { words: ["--pasword", secret] }, /did you mean --password/],
    ["a profile", { words: ["--profile", `db://u:${secret}@h`] }, /profile/],
    [
      "a class that names its URL",
      {
        file: `sequencer_class: ./names-url.mjs\nsequencer_config: {url: "redis://:a ${secret}@h"}\n`,
        words: ["--check"],
      },
      /sequencer_config: cannot reach redis:\/\/:\[secret\]@h/,
    ],
    [
      "a class that names its key",
      {
        file: `smpp_cache_class: ./names-key.mjs\nsmpp_cache_config: {api_key: ${secret}}\n`,
        words: ["--check"],
      },
      /smpp_cache_config: refused \[secret\]/,
    ],
    [
      "a middleware that names its key",
      {
        file: `middlewares: [{class_path: ./names-key.mjs, enable_for_connectors: [smpp], api_key: ${secret}}]\n`,
        words: ["--check"],
      },
      /middlewares\[0\]: refused \[secret\]/,
    ],
    [
      "a middleware given as text",
      { file: `middlewares: ["http://u:${secret}@h"]\n`, words: ["--check"] },
      /middlewares\[0\]: expected a mapping, got text/,
    ],
    [
      "a class named by a URL",
      { file: `sequencer_class: http://u:${secret}@h/x\n`, words: ["--check"] },
      /sequencer_class: /,
    ],
  ])("%s", async (_, wish, sentence) => {
    const { output, code } = await run(wish);
    expect(output).toMatch(sentence);
    expect(output).not.toContain(secret);
    expect(output).not.toMatch(/^ +at /m);
    expect(code).toBe(2);
  });
});

const whole = `
amqp_url: "amqp://me:${secret}@127.0.0.1:1"
amqp: {password: ${secret}}
password: ${secret}
http_token: ${secret}
outbind: {password: ${secret}}
mt_tps: 1
mt_tps_redis_url: redis://:${secret}@127.0.0.1:1
tls: {passphrase: ${secret}}
binds: [{password: ${secret}}]
sequencer_class: ./logs.mjs
sequencer_config: {url: "redis://:a ${secret}@h", api_key: ${secret}, nested: [{authToken: ${secret}}]}
smpp_cache_config: {}
pasword: ${secret}
`;

describe("a configuration full of secrets", { timeout: 30_000 }, () => {
  test.each([
    ["--check", 0, /usable, warnings: 1/],
    ["--print-config", 0, /"api_key":"\[secret\]","nested":\[\{"authToken":"\[secret\]"\}\]/],
  ])("%s shows none", async (word, wanted, pattern) => {
    const { output, code } = await run({ file: whole, words: [word] });
    expect(output).toMatch(pattern);
    expect(output).not.toContain(secret);
    expect(code).toBe(wanted);
  });

  test.each(["json", "pretty"])(
    "its worker shows none at TRACE, nor when a class fails later (%s)",
    async (format) => {
      const smsc = await new Smsc({ port: 0 }).listen();
      onTestFinished(() => smsc.close());
      const words = ["--host", "127.0.0.1", "--port", String(smsc.port), "--log-level", "TRACE"];
      const { output, code } = await run({
        file: whole,
        words: [...words, "--log-format", format],
      });
      expect(output).toMatch(/esme-transport \S+ starts as smpp/);
      expect(output).toMatch(/pasword: not a key of this worker, ignored; did you mean password\?/);
      expect(output).toMatch(/later redis:\/\/:\[secret\]@h \[secret\]/);
      expect(output).not.toContain(secret);
      expect(code).toBe(1);
    },
  );
});

test("a program that hands in a wrong configuration gets the same sentences", () => {
  const wrong: [unknown, RegExp][] = [
    [null, /^the configuration: expected an object of keys and values, got nothing$/],
    ["redis://:Hunter22@h", /^the configuration: expected an object .*not shown/],
    [[], /got an empty list/],
    [
      { password: "Hunter22ü" },
      /^password: expected at most 64 ASCII characters, got 9 characters/,
    ],
    [{ password: "Hunter22".repeat(9) }, /^password: expected at most 64 ASCII characters, got 72/],
    [{ binds: [{ password: "Hunter22ü" }] }, /^binds\[0\]\.password: expected at most 64 ASCII/],
    [{ mt_tps_redis_url: "x" }, /^mt_tps_redis_url: expected a redis:\/\/ or rediss:\/\/ URL/],
    [{ port: "x" }, /^port: expected an integer from 1 to 65535, got "x" \(the configuration\)$/],
    [{ tls: { enabld: true } }, /^tls\.enabld: unknown key, did you mean enabled\?/],
    [{ profile: 7 }, /^profile: /],
  ];
  for (const [config, sentence] of wrong) {
    // What a program without types can hand in.
    const make = () => new SmppTransport(config as object);
    expect(make).toThrow(sentence);
    expect(make).toThrow(expect.objectContaining({ name: "ConfigError" }));
    expect(make).not.toThrow(/Hunter22/);
  }
});

test("a configuration that holds itself is refused, not followed for ever", () => {
  const amqp: Record<string, unknown> = {};
  amqp["amqp"] = amqp;
  expect(() => checkConfig({ amqp })).toThrow("amqp.amqp: unknown key");
  const binds: unknown[] = [];
  binds.push(binds);
  expect(() => new SmppTransport({ binds } as object)).toThrow("binds[0]: expected a mapping");
});

test("what a program hands to a class beside mappings is not looked into", () => {
  class Connection {
    readonly password = "Hunter22";
    readonly self = this;
    get broken(): never {
      throw new Error("looked into");
    }
  }
  const config: Record<string, unknown> = { client: new Connection(), token: "abcdef" };
  config["a"] = config;
  config["b"] = [config, config];
  expect(secretsIn(config)).toEqual(["abcdef"]);
});

describe("redaction", () => {
  test.each([
    ["password", true],
    ["api_key", true],
    ["apiKey", true],
    ["APIKEY", true],
    ["auth-token", true],
    ["sentry_dsn", true],
    ["key", true],
    ["monkey", false],
    ["keep", false],
    ["tokenised", false],
    ["host", false],
  ])("the key %s names a secret: %s", (name, expected) => {
    expect(namesSecret(name)).toBe(expected);
  });

  test.each([
    ['{"a":"b","api_key":"x\\"y","n":1}', '{"a":"b","api_key":"[secret]","n":1}'],
    ['{"token":12345,"b":"token"}', '{"token":"[secret]","b":"token"}'],
    ['{"password":""}', '{"password":""}'],
    ['{"msg":"the \\"password\\":\\"x\\" was"}', '{"msg":"the \\"password\\":\\"x\\" was"}'],
    ['{"secret":{"password":"x"}}', '{"secret":{"password":"[secret]"}}'],
  ])("the line %s becomes %s", (line, expected) => {
    expect(withoutSecretKeys(line)).toBe(expected);
    expect(() => JSON.parse(withoutSecretKeys(line))).not.toThrow();
  });

  test("a line of ten million characters takes no longer than reading it", {
    timeout: 5_000,
  }, () => {
    for (const piece of ['\\"', '"', "\\\\", '":"', "a"]) {
      const line = `{"key":"${piece.repeat(10_000_000 / piece.length)}"}`;
      expect(withoutSecretKeys(line).length).toBeGreaterThan(0);
    }
  });

  test("values of the configuration of a class are hidden by their keys and in URLs", () => {
    expect(
      withoutSecrets({ url: "redis://:a b@h", token: "x", list: [{ key: 1 }], n: 1, empty: null }),
    ).toEqual({
      url: "redis://:[secret]@h",
      token: "[secret]",
      list: [{ key: "[secret]" }],
      n: 1,
      empty: null,
    });
  });

  test("secrets are found by their keys and in URLs, encoded or not", () => {
    expect(secretsIn({ url: "redis://:a%20bc@h", api_key: "12345", key: 67890, no: "x" })).toEqual([
      "a%20bc",
      "12345",
      "67890",
      "a bc",
    ]);
    const { config } = checkConfig({ password: "Hunter22", sequencer_config: { token: "abcdef" } });
    expect(secretsOf(config)).toEqual(["Hunter22", "abcdef"]);
  });

  test.each([
    ["refused 12345", ["12345"], "refused [secret]"],
    ["id 9123450 of (12345)", ["12345"], "id 9123450 of ([secret])"],
    ["a.b*c and a.b*c", ["a.b*c"], "[secret] and [secret]"],
  ])("%s without %j is %s", (text, secrets, expected) => {
    expect(withoutValues(text, secrets)).toBe(expected);
  });

  test("the printed configuration hides secrets inside mappings", () => {
    const text = `sequencer_config: {url: "redis://:a ${secret}@h", password: ${secret}}`;
    const printed = printedConfig(loadConfig({ file: { name: "f", text } }));
    expect(printed).toContain('{"url":"redis://:[secret]@h","password":"[secret]"}  # f, line 1');
    expect(printed).not.toContain(secret);
  });
});

/** The command as people run it: a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { FlawedEsme } from "./flawed-esme.ts";
import { RawEsme } from "./raw-esme.ts";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

function start(...args: string[]) {
  const child = spawn(
    process.execPath,
    ["--conditions=@esme/source", "--import", "tsx", cli, ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  running.push(child);
  let output = "";
  let onOutput = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput();
    });
  }
  const closed = once(child, "close");
  return {
    /** The first match in what was printed, now or later. */
    async printed(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const found = pattern.exec(output);
        if (found) return found;
        await new Promise<void>((resolve) => {
          onOutput = resolve;
        });
      }
    },
    async ended(): Promise<{ code: unknown; output: string }> {
      const [code] = await closed;
      return { code, output };
    },
    kill: (signal: NodeJS.Signals) => child.kill(signal),
  };
}

/** The HTTP status for a request under this name; fetch would write its own. */
async function statusOf(url: string, host: string): Promise<number | undefined> {
  const sent = get(url, { headers: { host }, agent: false });
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "serves until %s, and prints what happens",
  async (signal) => {
    const command = start(
      ...["--port", "0", "--account", "esme:pa:ss", "--receipt-delay", "0", "--http", "0"],
      ...["--hosts", "smsc, smsc.example", "--hosts", "simulator"],
    );
    const [, port] = await command.printed(/listens on 127\.0\.0\.1:(\d+)/);
    const [, url = ""] = await command.printed(/its page is (\S+)/);
    expect(await (await fetch(url)).text()).toContain("<title>esme-smsc</title>");
    for (const host of ["smsc:8775", "smsc.example", "simulator"]) {
      expect([host, await statusOf(url, host)]).toEqual([host, 200]);
    }
    expect(await statusOf(url, "elsewhere")).toBe(403);
    const esme = await RawEsme.dial({ port: Number(port) });
    expect((await esme.bind("bind_transceiver", "esme", "secret")).command_status).not.toBe(0);
    expect((await esme.bind("bind_transceiver", "esme", "pa:ss")).command_status).toBe(0);
    await esme.submit({ source_addr: "1", destination_addr: "2", registered_delivery: 1 });
    await esme.takeDelivery();
    await command.printed(/bound {5}transceiver esme from 127\.0\.0\.1:\d+/);
    await command.printed(/receipt {3}0000000001 DELIVRD for 1/);
    command.kill(signal);
    const { sequence_number } = await esme.read("unbind");
    esme.send({ command: "unbind_resp", sequence_number });
    await esme.closed;
    const { code, output } = await command.ended();
    expect(code).toBe(0);
    expect(output).not.toContain("pa:ss");
  },
);

test.each([
  [["--port", "x"], /--port is "x": expected an integer from 0 to 65535/],
  [["--port", "70000"], /--port is "70000"/],
  [["--receipt-delay", "-1"], /receipt-delay/],
  [["--max-connections", "0"], /--max-connections is "0": expected an integer of at least 1/],
  [["--bogus"], /there is no option --bogus\n/],
  [["--prot", "0"], /there is no option --prot, did you mean --port\?/],
  [["--acount=esme:pa:ss"], /there is no option --acount, did you mean --account\?/],
  [["pa:ss"], /there is a word that belongs to no option/],
  [["--port"], /--port needs a value/],
  [["--no-http=pa:ss"], /--no-http takes no value/],
  [["--port", "0", "--http", "here"], /--http is "here": expected <host:port> or <port>/],
  [["--hosts", "smsc:8775"], /--hosts has "smsc:8775": expected names like .*, without scheme and/],
  [["--hosts", "a,,b"], /--hosts has "": expected names like/],
  [["--account", "secret"], /--account: expected <system_id>:<password>\n/],
  [["--tls-key", "key.pem"], /both --tls-cert and --tls-key/],
  [["--tls-key", "/none", "--tls-cert", "/none"], /--tls-cert: ENOENT/],
  [["conformance", "--watch", "x"], /--watch is "x": expected an integer/],
  [["conformance", "--jsn"], /there is no option --jsn, did you mean --json\?/],
  [["--scenario", "/none"], /--scenario: the file cannot be read: ENOENT/],
  [["--scenario", cli], /--scenario: .*cli.ts, line \d+, column \d+: /],
])("%j is refused in one sentence", async (args, message) => {
  const { code, output } = await start(...args).ended();
  expect(code).toBe(2);
  expect(output).toMatch(message);
  expect(output).not.toContain("pa:ss");
  expect(output.split("\n").length).toBeLessThan(16);
  expect(output).toContain("Try esme-smsc --help");
});

test.each([
  ["--port", "--no-http"],
  ["--http", "--port=0"],
])("a port that is taken is told: %s", async (option, ...others) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = String(typeof address === "object" ? address?.port : address);
  const { code, output } = await start(option, port, ...others).ended();
  server.close();
  expect(code).toBe(2);
  expect(output).toContain(`port ${port} on 127.0.0.1 is taken: choose another with ${option}`);
});

test("--version is that of the package", async () => {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { code, output } = await start("--version").ended();
  expect(code).toBe(0);
  expect(manifest).toContain(`"version": "${output.trim()}"`);
});

test("--help lists every option", async () => {
  const { code, output } = await start("--help").ended();
  expect(code).toBe(0);
  for (const option of [
    "port",
    "host",
    "account",
    "receipt-delay",
    "max-connections",
    "tls-cert",
    "tls-key",
    "http",
    "no-http",
    "hosts",
    "version",
    "seed",
    "scenario",
  ]) {
    expect(output).toContain(`--${option}`);
  }
});

test("a scenario is played; options on the command line go before those of its file", async () => {
  const file = fileURLToPath(new URL("../examples/scenario.yaml", import.meta.url));
  const command = start("--scenario", file, "--port", "0", "--receipt-delay", "0", "--no-http");
  const [, port] = await command.printed(/listens on 127\.0\.0\.1:(\d+)/);
  const esme = await RawEsme.dial({ port: Number(port) });
  const response = await esme.bind("bind_transceiver", "other", "secret");
  expect(response.system_id).toBe("TESTSMSC");
  expect(Buffer.from((await esme.takeDelivery()).short_message).toString()).toBe("How are you?");
  await esme.submit({ destination_addr: "1", registered_delivery: 1 });
  let receipt = await esme.takeDelivery();
  while (receipt.message_state === undefined) receipt = await esme.takeDelivery();
  expect(receipt).toMatchObject({ esm_class: 0, short_message: new Uint8Array() });
  await esme.end();
});

test.each([
  [34, 1, /^wrong {5}interface_version is 0x22/m],
  [0x34, 0, /^checked: 0 wrong, \d+ right, 2 not seen$/m],
])("conformance of an ESME with interface_version %i", async (interface_version, code, said) => {
  const command = start("conformance", "--port", "0", "--watch", "0", "--answer", "1000");
  const [, port] = await command.printed(/listens on 127\.0\.0\.1:(\d+)/);
  const esme = new FlawedEsme({ port: Number(port), interface_version });
  const ended = await command.ended();
  await esme.stop();
  expect(ended).toMatchObject({ code, output: expect.stringMatching(said) });
});

test("conformance --json", async () => {
  const command = start("conformance", "--port", "0", "--connect", "0", "--json");
  const { code, output } = await command.ended();
  expect(code).toBe(1);
  const report: unknown = JSON.parse(output.slice(output.indexOf("{")));
  expect(report).toMatchObject({ ok: false, findings: [{ check: "bind", verdict: "wrong" }] });
});

// The examples, each a process of its own, against the simulated SMSC.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Smsc, type SmscOptions } from "@esme/smsc";
import { expect, onTestFinished, test } from "vitest";

interface Running {
  smsc: Smsc;
  child: ChildProcess;
  output: () => string;
}

async function start(
  example: string,
  options: SmscOptions = {},
  ...more: string[]
): Promise<Running> {
  const accounts = [{ system_id: "esme", password: "secret" }];
  const smsc = new Smsc({ port: 0, accounts, ...options });
  await smsc.listen();
  onTestFinished(() => smsc.close());
  const child = spawn(
    process.execPath,
    [
      "--conditions=@esme/source",
      ...["--import", "tsx", pathOf(`../examples/${example}`)],
      ...["127.0.0.1", String(smsc.port), "esme", "secret", ...more],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return { smsc, child, output: () => output };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

function exit(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
}

function firstOutput(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.stdout?.once("data", resolve));
}

test.each([
  ["send.ts", /^accepted as 0000000001\n$/],
  ["two-binds.ts", /^accepted as 0000000001\nreceipt: id:0000000001 .*stat:DELIVRD/],
  [
    "custom-sequencer.ts",
    /^submit_sm had sequence_number 1001\nsubmit_sm had sequence_number 1003\n$/,
  ],
])("%s does what it says and ends", async (example, expected) => {
  const { child, output } = await start(example);
  expect(await exit(child)).toBe(0);
  expect(output()).toMatch(expected);
});

test("tls.ts trusts the given authority", async () => {
  const cert = "data/cert.pem";
  const tls = {
    key: readFileSync(pathOf("data/key.pem")),
    cert: readFileSync(pathOf(cert)),
  };
  const { child, output } = await start("tls.ts", { tls }, pathOf(cert));
  expect(await exit(child)).toBe(0);
  expect(output()).toBe("accepted as 0000000001\n");
});

test("custom-tlv.ts sends two vendor TLVs and reads one", async () => {
  let seen: unknown;
  const { child, output } = await start("custom-tlv.ts", {
    onSubmit: ({ unknown_tlvs }) => {
      seen = unknown_tlvs?.map(({ tag, value }) => [tag, Buffer.from(value).toString("latin1")]);
      return { unknown_tlvs: [{ tag: 0x1501, value: Uint8Array.of(0, 25) }] };
    },
  });
  expect(await exit(child)).toBe(0);
  expect(output()).toBe("accepted as 0000000001, price 25\n");
  expect(seen).toEqual([
    [0x1400, "1101456789012345678\0"],
    [0x1401, "1107161234567890123\0"],
  ]);
});

test("receive.ts prints texts, long ones whole, until SIGINT, then unbinds", async () => {
  const { smsc, child, output } = await start("receive.ts");
  await firstOutput(child);
  const long = "Fußgängerübergänge 🚶 ".repeat(10);
  const texts = [
    { from: "1", text: "hello" },
    // As a 16-bit header, as TLVs, in one message_payload; two long texts at the same time.
    ...(["udh", "udh16", "sar", "payload"] as const).map((method, index) => ({
      from: `${index + 2}`,
      text: long,
      method,
      shuffle: true,
    })),
    { from: "6", text: "x".repeat(200), fields: { message_state: 2 } },
  ];
  await Promise.all(texts.map((text) => smsc.deliver({ to: "62000", ...text })));
  await smsc.sessions[0]?.session.request({
    command: "deliver_sm",
    esm_class: 0x04,
    short_message: Buffer.from("id:7 stat:DELIVRD"),
  });
  child.kill("SIGINT");
  expect(await exit(child)).toBe(0);
  const lines = output().split("\n").slice(1, -1);
  expect(lines.sort()).toEqual(
    [...texts.map(({ from, text }) => `${from}: ${text}`), "receipt: 7 DELIVRD, delivered"].sort(),
  );
});

test("graceful-stop.ts waits for every answer after SIGTERM, then unbinds", async () => {
  const { smsc, child, output } = await start("graceful-stop.ts");
  let taken = 0;
  smsc.on("submit", () => taken++);
  const commands: (string | undefined)[] = [];
  smsc.on("pdu", ({ pdu }) => commands.push(pdu?.command));
  await firstOutput(child);
  smsc.behave({ fault: "delay", ms: 100 });
  child.kill("SIGTERM");
  expect(await exit(child)).toBe(0);
  expect(output()).toBe(`sending\n${taken} accepted, 0 lost\n`);
  expect(commands.slice(-2)).toEqual(["unbind", "unbind_resp"]);
});

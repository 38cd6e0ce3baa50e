// The examples, each a process of its own, against the simulated SMSC.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Smsc } from "@esme/smsc";
import { expect, onTestFinished, test } from "vitest";

async function start(
  example: string,
): Promise<{ smsc: Smsc; child: ChildProcess; output: () => string }> {
  const smsc = new Smsc({ port: 0 });
  await smsc.listen();
  onTestFinished(() => smsc.close());
  const file = fileURLToPath(new URL(`../examples/${example}`, import.meta.url));
  const child = spawn(
    process.execPath,
    [
      "--conditions=@esme/source",
      ...["--import", "tsx", file],
      ...["127.0.0.1", String(smsc.port), "esme", "secret"],
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

function exit(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
}

test.each([
  ["send.ts", /^accepted as 0000000001\n$/],
  ["two-binds.ts", /^accepted as 0000000001\nreceipt: id:0000000001 .*stat:DELIVRD/],
])("%s does what it says and ends", { timeout: 20_000 }, async (example, expected) => {
  const { child, output } = await start(example);
  expect(await exit(child)).toBe(0);
  expect(output()).toMatch(expected);
});

test("receive.ts prints messages until SIGINT, then unbinds", { timeout: 20_000 }, async () => {
  const { smsc, child, output } = await start("receive.ts");
  const bound = new Promise((resolve) => child.stdout?.once("data", resolve));
  await bound;
  await smsc.deliver({ from: "447937954654", to: "62000", text: "hello" });
  child.kill("SIGINT");
  expect(await exit(child)).toBe(0);
  expect(output()).toContain("447937954654: hello");
});

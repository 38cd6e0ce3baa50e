/** The client as the conformance run of the simulator sees it: nothing of it is wrong. */
import { runConformance } from "@esme/smsc";
import { afterEach, expect, test } from "vitest";
import { Client } from "../src/index.ts";
import { sendText } from "../src/text.ts";

const clients: Client[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
});

/** A client that sends short texts and long ones as fast as the window allows, until it is closed. */
async function busyClient(port: number): Promise<void> {
  const client = new Client({
    host: "127.0.0.1",
    port,
    bind: { mode: "transceiver", system_id: "esme", password: "secret" },
    reconnect: { initialDelay: 50, maxDelay: 100 },
  });
  clients.push(client);
  client.setCallbacks({ deliver_sm: () => undefined });
  client.on("error", () => {});
  await client.connect();
  while (clients.includes(client)) {
    const texts = ["short", "long ".repeat(60), "длинный ".repeat(30)].map((text) =>
      sendText(client, { from: "4711", to: "27820001001", text }).catch(() => undefined),
    );
    await Promise.all(texts);
    // The pace of an application that goes on sending; nothing is waited for.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("the conformance run of the simulator finds nothing wrong", async () => {
  const report = await runConformance({
    port: 0,
    watch: 500,
    reconnectWithin: 5_000,
    onListening: (port) => void busyClient(port),
  });
  const verdicts = report.findings.map(({ verdict, says }) => `${verdict}: ${says}`);
  expect(verdicts.filter((verdict) => !verdict.startsWith("right"))).toEqual([]);
  expect(report).toMatchObject({ ok: true, system_id: "esme" });
  expect(verdicts).toContainEqual("right: parts with a user data header have UDHI set");
  expect(verdicts).toContainEqual(expect.stringMatching(/^right: it slows down when throttled/));
});

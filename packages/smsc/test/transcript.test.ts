import { once } from "node:events";
import { expect, test } from "vitest";
import { Smsc, transcribe } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

test("a line for each bind, submission, text and receipt", async () => {
  const smsc = new Smsc({ receiptDelay: 0 });
  const lines: string[] = [];
  transcribe(
    smsc,
    (line) => lines.push(line),
    () => new Date("2026-11-22T00:41:07Z"),
  );
  const esme = RawEsme.join(smsc);
  await esme.bind("bind_transceiver", "es\u001bme");
  const told = once(smsc, "receipt");
  await esme.submit({
    source_addr: "4711",
    destination_addr: "27820001001",
    short_message: Buffer.from('"hi"\n'),
    registered_delivery: 1,
  });
  await told;
  await esme.submit({ source_addr: "4711", destination_addr: "999911" });
  await smsc.close();
  expect(lines).toEqual([
    "00:41:07  bound     transceiver es\ufffdme",
    "00:41:07  accepted  4711 -> 27820001001 as 0000000001",
    '00:41:07  message   4711 -> 27820001001 "\\"hi\\"\\n"',
    "00:41:07  receipt   0000000001 DELIVRD for 4711",
    "00:41:07  refused   4711 -> 999911 with ESME_RINVDSTADR",
    "00:41:07  unbound   transceiver es\ufffdme",
  ]);
});

test("what is long is cut, and what turns the direction of a line does not reach the terminal", () => {
  const smsc = new Smsc();
  const lines: string[] = [];
  transcribe(smsc, (line) => lines.push(line));
  const text = `\u202e${"x".repeat(60_000)}`;
  smsc.emit("message", { from: "1", to: "2", text, parts: 1, ids: ["1"], system_id: "esme" });
  expect(lines[0]?.length).toBeLessThan(400);
  expect(lines[0]).toContain("(60,003 characters)");
  expect(lines[0]).not.toContain("\u202e");
});

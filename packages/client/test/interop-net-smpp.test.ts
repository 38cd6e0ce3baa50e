// Perl's Net::SMPP, Debian's libnet-smpp-perl, as a peer on either side, over TCP.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createCodec, integer, type Pdu } from "@esme/pdu";
import { Smsc } from "@esme/smsc";
import { expect, onTestFinished, test } from "vitest";
import { Client } from "../src/index.ts";
import { sendText } from "../src/text.ts";

const installed = spawnSync("perl", ["-MNet::SMPP", "-e", "1"]).status === 0;

interface Peer {
  /** Lines that the script prints, as they come. */
  lines: AsyncIterator<string>;
  /** Code and signal that it ended with. */
  exited: Promise<unknown[]>;
}

function perl(script: string, ...args: string[]): Peer {
  const file = fileURLToPath(new URL(`data/${script}`, import.meta.url));
  // It warns of TLVs that it does not know; a script that dies prints fewer lines.
  const child = spawn("perl", [file, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { lines, exited: once(child, "exit") };
}

/** The lines that are still to come, when the script has ended by itself. */
async function restOf({ lines, exited }: Peer): Promise<string[]> {
  const rest: string[] = [];
  for (let line = await lines.next(); !line.done; line = await lines.next()) rest.push(line.value);
  expect(await exited).toEqual([0, null]);
  return rest;
}

test.skipIf(!installed)("optional: libnet-smpp-perl as an ESME of our SMSC", async () => {
  const smsc = await new Smsc({
    port: 0,
    receiptDelay: 0,
    accounts: [{ system_id: "esme", password: "secret" }],
  }).listen();
  onTestFinished(() => smsc.close());
  const shown: string[] = [];
  smsc.on("message", ({ text }) => shown.push(text));
  const delivered = smsc.deliver({ from: "27820001001", to: "4711", text: "yes please" });
  const lines = await restOf(perl("net-smpp-esme.pl", "127.0.0.1", String(smsc.port)));
  expect(lines).toEqual([
    "bind_transceiver_resp 0x0e",
    "bind_transceiver_resp 0x00 esme-smsc 52",
    "deliver_sm 0x00 27820001001 4711 yes please",
    "submit_sm_resp 0x00 0000000001",
    expect.stringMatching(/^deliver_sm 0x00 4 id:0000000001 .*stat:DELIVRD/),
    "receipted_message_id 0000000001",
    "submit_sm_resp 0x00",
    "submit_sm_resp 0x00",
    "in flight 5",
    "submit_sm_resp 0x00",
    "submit_sm_resp 0x0b",
    "query_sm_resp 0x00 0000000001 2",
    "generic_nack 0x03 4242",
    "enquire_link_resp 0x00",
    "unbind_resp 0x00",
  ]);
  expect(await delivered).toMatchObject([{ command: "deliver_sm_resp", command_status: 0 }]);
  const long = `${"a".repeat(150)}${"b".repeat(20)}`;
  expect(shown).toEqual(["hello", long, "hi", "hi", "hi", "hi", "hi", "hi"]);
});

test.skipIf(!installed)("optional: libnet-smpp-perl as the SMSC of our client", async () => {
  const peer = perl("net-smpp-smsc.pl");
  const { value: listening } = await peer.lines.next();
  const codec = createCodec({
    tlvs: { price: { tag: 0x1501, type: integer({ size: 1 }), commands: ["submit_sm"] } },
  });
  const receipts: Pdu[] = [];
  const client = new Client({
    host: "127.0.0.1",
    port: Number(String(listening).replace("port ", "")),
    codec,
    callbacks: { deliver_sm: (pdu) => void receipts.push(pdu) },
  });
  onTestFinished(() => client.disconnect());
  await client.connect();
  const bind = (password: string) => client.bindTransceiver({ system_id: "esme", password });
  await expect(bind("wrong")).rejects.toMatchObject({ statusName: "ESME_RINVPASWD" });
  expect(await bind("secret")).toMatchObject({ system_id: "net-smpp" });

  const submit = (destination_addr: string) =>
    client.submitSm({ destination_addr, short_message: Buffer.from("hi") });
  const held = await Promise.all(["hold", "hold", "hold", "hold", "hold"].map(submit));
  expect(held.map(({ message_id }) => message_id)).toEqual([1, 2, 3, 4, 5].map((n) => `id-${n}`));
  await expect(submit("refuse")).rejects.toMatchObject({ statusName: "ESME_RINVDSTADR" });
  await expect(submit("nack")).rejects.toMatchObject({ statusName: "ESME_RINVCMDID" });
  await client.submitSm({ destination_addr: "1", price: 25 });
  const text = "a".repeat(200);
  const { message_ids } = await sendText(client, { to: "2", text, registered_delivery: 1 });
  expect(message_ids).toEqual(["id-9", "id-10"]);
  const query = { message_id: "id-9", source_addr: "1" };
  expect(await client.querySm(query)).toMatchObject({ message_id: "id-9", message_state: 2 });
  await client.enquireLink();
  await client.unbind();

  expect(receipts).toMatchObject(
    message_ids.map((id) => ({ esm_class: 4, receipted_message_id: id, message_state: 2 })),
  );
  const parts = [153, 47].map((septets, index) =>
    expect.stringMatching(new RegExp(`^submit_sm 2 64 0 050003..020${index + 1}(61){${septets}}$`)),
  );
  // The PDUs behind the bind response are answered among the requests, in whatever order.
  const lines = await restOf(peer);
  const answers = ["enquire_link_resp", "generic_nack", "deliver_sm_resp"];
  const isAnswer = (line: string) => answers.some((answer) => line.startsWith(answer));
  expect(lines.filter(isAnswer)).toEqual([
    "enquire_link_resp 0x00 1",
    "generic_nack 0x03 4242",
    "deliver_sm_resp 0x00 2",
    "deliver_sm_resp 0x00 3",
  ]);
  expect(lines.filter((line) => !isAnswer(line))).toEqual([
    "bind_transceiver esme wrong  52",
    "bind_transceiver esme secret  52",
    ...Array.from({ length: 5 }, () => "submit_sm hold 0 0 6869"),
    "submit_sm refuse 0 0 6869",
    "submit_sm nack 0 0 6869",
    "submit_sm 1 0 0  vendor TLV",
    ...parts,
    "unbind",
  ]);
});

// Prints texts, long ones whole, and receipts until Ctrl-C, then unbinds:
// node --import tsx receive.ts <host> <port> <system_id> <password>
import { InMemorySmppCache } from "@esme/caches";
import { Client } from "@esme/client";
import { EsmClass, type PduOf } from "@esme/pdu";
import { decodeShortMessage, readUdh } from "@esme/sm-split";

const [host, port, system_id, password] = process.argv.slice(2);
const client = new Client({
  host,
  port: port === undefined ? undefined : Number(port),
  bind: { mode: "receiver", system_id, password },
  reconnect: true,
});
client.on("bound", () => console.log("bound"));
client.on("reconnecting", ({ delay, reason }) => console.log(`${reason.message}; in ${delay} ms`));
process.once("SIGINT", () => void client.unbind());

// Keeps the parts of long messages until the last one came, for an hour at most.
const cache = new InMemorySmppCache(
  { multipartTimeout: 3_600 },
  {
    onIncomplete: ({ source, received, total }) =>
      console.log(`${source}: only ${received.length} of ${total} parts came`),
  },
);

/** The text of a message; undefined while other parts of it are missing. */
async function textOf(pdu: PduOf<"deliver_sm">): Promise<string | undefined> {
  const octets = pdu.message_payload ?? pdu.short_message;
  // A long message has a number in each part: in a header before the text, or in TLVs.
  const hasHeader = (pdu.esm_class & EsmClass.gsm_features.udhi) !== 0;
  const { body, concat = sarOf(pdu), national } = hasHeader ? readUdh(octets) : { body: octets };
  const whole = concat
    ? await cache.storeMultipart({
        source: pdu.source_addr,
        destination: pdu.destination_addr,
        octets: body,
        ...concat,
      })
    : body;
  // Joined first, then decoded: a character may begin in one part and end in the next.
  return whole && decodeShortMessage(whole, pdu.data_coding, { national });
}

function sarOf({ sar_msg_ref_num, sar_total_segments, sar_segment_seqnum }: PduOf<"deliver_sm">) {
  if (!sar_msg_ref_num || !sar_total_segments || !sar_segment_seqnum) return undefined;
  return { reference: sar_msg_ref_num, total: sar_total_segments, sequence: sar_segment_seqnum };
}

const pdus = client.listen();
client.connect().catch((error: Error) => console.log(error.message));
for await (const pdu of pdus) {
  if (pdu.command !== "deliver_sm") continue;
  const text = await textOf(pdu);
  const { mask, smsc_delivery_receipt } = EsmClass.message_type;
  const isReceipt = (pdu.esm_class & mask) === smsc_delivery_receipt;
  if (text !== undefined) console.log(`${isReceipt ? "receipt" : pdu.source_addr}: ${text}`);
}
await cache.close();

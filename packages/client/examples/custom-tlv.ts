// Sends the TLVs that India requires, and reads one of an operator:
// node --import tsx custom-tlv.ts <host> <port> <system_id> <password>
import { Client } from "@esme/client";
import { createCodec, cstring, integer } from "@esme/pdu";

const digits = cstring({ min: 2, max: 31 });
const codec = createCodec({
  tlvs: {
    entity_id: { tag: 0x1400, type: digits, commands: ["submit_sm"] },
    template_id: { tag: 0x1401, type: digits, commands: ["submit_sm"] },
    price: { tag: 0x1501, type: integer({ size: 2 }), commands: ["submit_sm_resp"] },
  },
});

const [host, port, system_id, password] = process.argv.slice(2);
const client = new Client({
  host,
  port: port === undefined ? undefined : Number(port),
  bind: { mode: "transmitter", system_id, password },
  codec,
});
await client.connect();
// The TLVs are fields with types, like all others.
const { message_id, price } = await client.submitSm({
  destination_addr: "911234567890",
  short_message: Buffer.from("hello"),
  entity_id: "1101456789012345678",
  template_id: "1107161234567890123",
});
console.log(`accepted as ${message_id}, price ${price ?? "unknown"}`);
await client.unbind();

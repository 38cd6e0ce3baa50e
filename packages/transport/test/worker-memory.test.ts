/** A whole worker over TCP: what outlives a PDU takes the memory that is counted for it. */
import { encode, type PduInputOf } from "@esme/pdu";
import { memory } from "@esme/services/memory";
import { expect, onTestFinished, test } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { silentLogger } from "./silent-logger.ts";

const megabyte = 1_048_576;
/** What sockets, the compiler and the test runner do meanwhile. */
const noise = 4 * megabyte;
const octets = 60_000;
const addresses = { command: "deliver_sm", source_addr: "1", destination_addr: "4711" } as const;

const receipt = (id: string) =>
  `id:${id} sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:DELIVRD err:000 text:`;

/** A worker whose queues are emptied, and the SMSC in front of it. */
async function worker(config: TransportConfigInput) {
  const broker = new MemoryBroker();
  await broker.connect();
  const smsc = await ScriptedSmsc.listen();
  onTestFinished(() => smsc.close());
  const transport = new SmppTransport(
    { host: "127.0.0.1", port: smsc.port, drain_timeout: 0, ...config },
    { broker, logger: silentLogger },
  );
  await transport.start();
  onTestFinished(() => transport.stop());
  for (const queue of ["event", "inbound", "failed"]) {
    await broker.consume(`smpp.${queue}`, 100, (delivery) => delivery.ack());
  }
  return smsc;
}

/** What is kept of each, in a burst with a PDU of 60,000 octets that is not. */
const kept: Record<string, (i: number) => Partial<PduInputOf<"deliver_sm">>> = {
  "parts of messages": (i) => ({
    source_addr: String(27_820_000_000 + i),
    esm_class: 0x40,
    short_message: Buffer.concat([Buffer.of(5, 0, 3, 1, 255, 1), Buffer.alloc(130, 0x41)]),
  }),
  "parts in message_payload": (i) => ({
    source_addr: String(27_820_000_000 + i),
    message_payload: Buffer.alloc(200, 0x41),
    sar_msg_ref_num: 1,
    sar_total_segments: 255,
    sar_segment_seqnum: 1,
  }),
  "receipts for ids that are not known": (i) => ({
    esm_class: 0x04,
    short_message: Buffer.from(receipt(`0123456789abcdef${i}`)),
  }),
  "receipts with texts of 60,000 characters": (i) => ({
    esm_class: 0x04,
    message_payload: Buffer.from(receipt(`0123456789abcdef${i}`).padEnd(octets, "x")),
  }),
  "receipts with ids in a TLV": (i) => ({
    esm_class: 0x04,
    receipted_message_id: `0123456789abcdef${i}`,
    message_state: 2,
    message_payload: Buffer.from(receipt(`0123456789abcdef${i}`).padEnd(octets, "x")),
  }),
};

test.each(Object.entries(kept))(
  "%s take no more than they may",
  { timeout: 60_000 },
  async (_, fields) => {
    const smsc = await worker({
      smpp_cache_config: { maxMultipartOctets: megabyte, maxEarlyOctets: megabyte },
      dr_processor_config: { early_receipts: 3_600 },
    });
    let sequence_number = 0;
    const deliver = async (bursts: number) => {
      for (let i = 0; i < bursts; i++) {
        const plain = { message_payload: Buffer.alloc(octets, 0x41) };
        const frames = [fields(i), plain].map((own) => {
          sequence_number += 1;
          return encode({ ...addresses, sequence_number, ...own });
        });
        smsc.write(Buffer.concat(frames));
        for (const _ of frames) await smsc.received.next();
      }
    };
    await deliver(50);
    const before = memory();
    await deliver(300);
    expect(memory() - before).toBeLessThan(2 * megabyte + noise);
  },
);

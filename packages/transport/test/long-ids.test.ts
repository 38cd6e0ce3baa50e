/** Ids that are longer than any store takes: nothing waits for them. */
import { encode } from "@esme/pdu";
import { expect, onTestFinished, test } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";

async function worker() {
  const broker = new MemoryBroker();
  const application = await Application.on(broker);
  await application.listen();
  const logger = new RecordingLogger();
  const smsc = await ScriptedSmsc.listen();
  onTestFinished(() => smsc.close());
  const config = {
    host: "127.0.0.1",
    port: smsc.port,
    drain_timeout: 1,
    dr_processor_config: { early_receipts: 0.05 },
    unmatched_receipts: "failed" as const,
  };
  const transport = new SmppTransport(config, { broker, logger });
  await transport.start();
  onTestFinished(() => transport.stop());
  return { application, logger, smsc };
}

/** A submit_sm_resp with an id that SMPP has no room for. */
function acceptance(submit: Uint8Array, id: string): Uint8Array {
  const response = Buffer.alloc(16 + id.length + 1);
  response.writeUInt32BE(response.length, 0);
  response.writeUInt32BE(0x8000_0004, 4);
  response.set(submit.subarray(12, 16), 12);
  response.write(id, 16, "latin1");
  return response;
}

test("an id of 300 characters in a submit_sm_resp is told once, and the ack does not wait", async () => {
  const { application, logger, smsc } = await worker();
  for (let message = 0; message < 2; message++) {
    const id = await application.send("hello");
    smsc.write(acceptance(await smsc.received.next(), "7".repeat(300)));
    const ack = { event_type: "ack", user_message_id: id };
    expect(await application.events.next()).toMatchObject(ack);
  }
  const line = "message id of the SMSC too long, its receipts will not match";
  expect(logger.messages("error")).toEqual([line, line]);
  expect(logger.messages("warn")).not.toContain("message id not stored, trying again");
});

test("a receipt whose id has 300 characters is one for an unknown id", async () => {
  const { application, smsc } = await worker();
  const id = "7".repeat(300);
  const text = `id:${id} sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:DELIVRD err:000 text:`;
  const deliver = { source_addr: "1", destination_addr: "2", esm_class: 0x04 };
  smsc.write(
    encode({
      command: "deliver_sm",
      sequence_number: 1,
      ...deliver,
      message_payload: Buffer.from(text),
    }),
  );
  expect(await smsc.next()).toMatchObject({ command: "deliver_sm_resp", command_status: 0 });
  const reason = "receipt for an unknown message id";
  expect(await application.failed.next()).toMatchObject({ reason });
});

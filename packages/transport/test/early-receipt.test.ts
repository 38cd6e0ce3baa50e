import { encode } from "@esme/pdu";
import { expect, test } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { silentLogger } from "./silent-logger.ts";

const receipt =
  "id:7 sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:DELIVRD err:000 text:";

test.each([
  ["in the same segment as its submit_sm_resp, behind it", false],
  ["before its submit_sm_resp", true],
])("a receipt that comes %s is matched", async (_, first) => {
  const smsc = await ScriptedSmsc.listen();
  const broker = new MemoryBroker();
  const application = await Application.on(broker);
  await application.listen();
  const transport = new SmppTransport(
    { host: "127.0.0.1", port: smsc.port },
    { broker, logger: silentLogger },
  );
  await transport.start();
  const id = await application.send("hello");
  const submit = await smsc.received.next();
  const response = encode({
    command: "submit_sm_resp",
    sequence_number: Buffer.from(submit).readUInt32BE(12),
    message_id: "7",
  });
  const deliver = encode({
    command: "deliver_sm",
    sequence_number: 1,
    source_addr: "27820001001",
    destination_addr: "4711",
    esm_class: 0x04,
    short_message: Buffer.from(receipt),
  });
  smsc.write(Buffer.concat(first ? [deliver, response] : [response, deliver]));
  expect(await application.events.next()).toMatchObject({ event_type: "ack" });
  expect(await application.events.next()).toMatchObject({
    event_type: "delivery_report",
    user_message_id: id,
    delivery_status: "delivered",
  });
  await transport.stop();
  await smsc.close();
});

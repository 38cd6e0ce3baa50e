/** What an SMSC delivers in no good form: taken or kept once, and answered so that it does not come again. */
import { encode, responseTo, Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { prepare } from "./world.ts";

/** A worker bound to an SMSC that delivers octet by octet. */
async function start(config: TransportConfigInput = {}) {
  const smsc = await ScriptedSmsc.listen();
  onTestFinished(() => smsc.close());
  const world = await prepare({ config: { port: smsc.port, ...config } });
  return { ...world, smsc };
}

/** deliver_sm (5) or another command whose body ends in its first field. */
function cut(command_id: number, sequence_number = 7): Buffer {
  const frame = Buffer.alloc(18, 0x41);
  frame.writeUInt32BE(18, 0);
  frame.writeUInt32BE(command_id, 4);
  frame.writeUInt32BE(0, 8);
  frame.writeUInt32BE(sequence_number, 12);
  return frame;
}

describe("a PDU that cannot be decoded", () => {
  test.each([
    ["deliver_sm", 0x0000_0005],
    ["data_sm", 0x0000_0103],
  ])(
    "as %s goes to .failed with its octets and the reason, and is answered ESME_ROK",
    async (name, id) => {
      const { application, log, smsc, transport } = await start();
      await application.listen();
      await transport.start();
      smsc.write(cut(id));
      expect(await smsc.next()).toMatchObject({
        command: `${name}_resp`,
        command_status: Status.ESME_ROK,
        sequence_number: 7,
      });
      expect(await application.failed.next()).toEqual({
        octets: cut(id).toString("hex"),
        reason: "cannot be decoded: service_type at octet 16 has no NUL before the PDU ends",
      });
      expect(application.failed.size).toBe(0);
      expect(log.messages("error")).toContain("undecodable PDU dead-lettered");
      expect(log.text()).not.toContain(cut(id).toString("hex"));
    },
  );

  test("is asked for again while the broker does not take it, and then kept once", async () => {
    const { application, broker, smsc, transport } = await start({ smpp_deliver_timeout: 0.05 });
    await transport.start();
    await broker.close();
    smsc.write(cut(5));
    expect(await smsc.next()).toMatchObject({ command_status: Status.ESME_RX_T_APPN });
    await broker.connect();
    await application.listen();
    smsc.write(cut(5, 8));
    expect(await smsc.next()).toMatchObject({
      command_status: Status.ESME_ROK,
      sequence_number: 8,
    });
    expect(await application.failed.next()).toMatchObject({ octets: cut(5, 8).toString("hex") });
    expect(application.failed.size).toBe(0);
  });

  test("of any other command is refused, and kept nowhere", async () => {
    const { application, smsc, transport } = await start();
    await application.listen();
    await transport.start();
    smsc.write(cut(0x0000_0004));
    expect(await smsc.next()).toMatchObject({
      command: "submit_sm_resp",
      command_status: Status.ESME_RINVCMDLEN,
    });
    smsc.write(cut(5));
    await application.failed.next();
    expect(application.failed.size).toBe(0);
  });
});

test("a PDU that the codec lives with is published, counted and logged", async () => {
  const { application, log, smsc, transport } = await start({ http_bind: "127.0.0.1:0" });
  await application.listen();
  await transport.start();
  const text = {
    command: "deliver_sm",
    sequence_number: 7,
    short_message: Buffer.from("hello"),
  } as const;
  // A sender of 24 digits, where the standard has room for 20.
  const short = encode({ ...text, source_addr: "2".repeat(20) });
  const at = Buffer.from(short).indexOf("2".repeat(20));
  const long = Buffer.concat([short.subarray(0, at), Buffer.from("2222"), short.subarray(at)]);
  long.writeUInt32BE(long.length, 0);
  smsc.write(long);
  expect(await smsc.next()).toMatchObject({ command_status: Status.ESME_ROK });
  expect(await application.inbound.next()).toMatchObject({ from_addr: "2".repeat(24) });
  const metrics = await fetch(`http://127.0.0.1:${transport.httpPort}/metrics`);
  expect(await metrics.text()).toMatch(/^esme_smpp_tolerated_pdus_total\{bind="0"\} 1$/m);
  expect(log.messages("warn")).toContain(
    "a PDU of the SMSC broke a rule and was taken all the same",
  );
});

describe("on a session bound as transmitter", () => {
  const deliver = { command: "deliver_sm", source_addr: "27820001001" } as const;

  test("a text is taken once, answered ESME_ROK, counted and logged", async () => {
    const { application, log, smsc, transport } = await start({
      bind_mode: "transmitter",
      http_bind: "127.0.0.1:0",
    });
    await application.listen();
    await transport.start();
    smsc.write(encode({ ...deliver, sequence_number: 7, short_message: Buffer.from("hello") }));
    expect(await smsc.next()).toMatchObject({
      command: "deliver_sm_resp",
      command_status: Status.ESME_ROK,
      sequence_number: 7,
    });
    expect(await application.inbound.next()).toMatchObject({ content: "hello" });
    expect(application.inbound.size).toBe(0);
    const metrics = await fetch(`http://127.0.0.1:${transport.httpPort}/metrics`);
    expect(await metrics.text()).toMatch(/^esme_smpp_tolerated_pdus_total\{bind="0"\} 1$/m);
    expect(log.messages("warn")).toContain(
      "a PDU of the SMSC broke a rule and was taken all the same",
    );
    expect(log.text()).toContain("deliver_sm came in state BOUND_TX");
  });

  test("a receipt becomes a delivery report", async () => {
    const { application, smsc, transport } = await start({ bind_mode: "transmitter" });
    await application.listen();
    await transport.start();
    const id = await application.send("hello");
    const submit = await smsc.next();
    if (submit.command !== "submit_sm") throw new Error(`got ${submit.command}`);
    smsc.write(encode(responseTo(submit, { message_id: "4711" })));
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    const text = "id:4711 sub:001 dlvrd:001 stat:DELIVRD err:000 text:";
    const receipt = { ...deliver, esm_class: 4, short_message: Buffer.from(text) };
    smsc.write(encode({ ...receipt, sequence_number: 8 }));
    expect(await smsc.next()).toMatchObject({ command_status: Status.ESME_ROK });
    expect(await application.events.next()).toMatchObject({
      event_type: "delivery_report",
      user_message_id: id,
    });
  });
});

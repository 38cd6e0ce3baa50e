/** Messages that the session can never carry: each gets a nack, and the others are not disturbed. */
import { encode, type Pdu, responseTo } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { prepare, start } from "./world.ts";

/** A worker at an SMSC that says it is one of version 3.3, and takes every submit_sm. */
async function startAtOldSmsc() {
  const smsc = await ScriptedSmsc.listen((pdu: Pdu) => {
    if (pdu.command === "submit_sm") return encode(responseTo(pdu, { message_id: "1" }));
    if (pdu.command !== "bind_transceiver") return undefined;
    return encode(responseTo(pdu, { system_id: "old", sc_interface_version: 0x33 }));
  });
  onTestFinished(() => smsc.close());
  const world = await prepare({ config: { port: smsc.port } });
  await world.application.listen();
  await world.transport.start();
  return world;
}

describe("on a session of SMPP 3.3, which has no TLVs,", () => {
  const old = { interface_version: 33 } satisfies TransportConfigInput;
  const long = "x".repeat(200);
  test.each([
    ["a long text as sar_ TLVs", "multipart_sar", long, /SMPP 3\.3.*sar_msg_ref_num/],
    ["a text as message_payload", "message_payload", long, /SMPP 3\.3.*message_payload/],
  ] as const)("%s gets a nack that says so", async (_, multipart_handling, content, reason) => {
    const { application } = await start({
      config: { ...old, submit_sm_processor_config: { multipart_handling } },
    });
    const id = await application.send(content);
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      user_message_id: id,
      nack_reason: expect.stringMatching(reason),
    });
  });

  test("by the SMSC's answer, a message with TLVs gets a nack, and the next one goes out", async () => {
    const { application } = await startAtOldSmsc();
    const smpp = { tlvs: { "0x1400": "x" } };
    const bad = await application.send("with", { transport_metadata: { smpp } });
    const good = await application.send("without");
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      user_message_id: bad,
      nack_reason: expect.stringMatching(/SMPP 3\.3.*unknown_tlvs/),
    });
    expect(await application.events.next()).toMatchObject({
      event_type: "ack",
      user_message_id: good,
    });
  });
});

describe("of more than 65,536 octets", () => {
  const manyTlvs = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [`0x${(0x1400 + index).toString(16)}`, "x"]),
  );
  test.each([
    ["20,000 TLVs", "hi", { smpp: { tlvs: manyTlvs } }],
    ["65,500 characters", "x".repeat(65_500), { smpp: { multipart_handling: "message_payload" } }],
  ])("a message with %s gets a nack, and those around it go out once", async (_, content, own) => {
    const { application, smsc } = await start();
    const [taken, ended]: [string[], string[]] = [[], []];
    smsc.on("submit", ({ to }) => taken.push(to));
    smsc.on("unbound", () => ended.push("unbound"));
    const around = (index: number) =>
      application.send("hi", { to_addr: `2782000${1_000 + index}` });
    const sent = [await around(1), await around(2)];
    const bad = await application.send(content, { transport_metadata: own });
    sent.push(await around(3), await around(4));
    const events = new Map<string, unknown>();
    while (events.size < 5) {
      const event = await application.events.next();
      events.set(event.user_message_id, event);
    }
    expect(events.get(bad)).toMatchObject({
      event_type: "nack",
      nack_reason: expect.stringMatching(/submit_sm has \d+ octets, more than 65536/),
    });
    for (const id of sent) {
      expect(events.get(id)).toEqual(
        expect.objectContaining({ event_type: "ack", transport_metadata: {} }),
      );
    }
    expect([taken.length, new Set(taken).size, ended]).toEqual([4, 4, []]);
  });
});

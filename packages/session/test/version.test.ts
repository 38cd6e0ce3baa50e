// SMPP 3.3 knows no TLVs: what becomes of them towards a peer that speaks it.
import { createCodec, octets, type Pdu } from "@esme/pdu";
import { expect, test } from "vitest";
import { Session, type SessionOptions } from "../src/index.ts";
import { connect } from "./connect.ts";
import { duplexPair, ScriptedPeer } from "./scripted-peer.ts";

const tlv = { user_message_reference: 7 };

/** An ESME bound to an SMSC that says this version, having said `interface_version` itself. */
async function esme(
  sc_interface_version: number | undefined,
  interface_version?: number,
  options: Partial<SessionOptions> = {},
): Promise<[Session, ScriptedPeer]> {
  const [session, peer] = connect(options);
  const binding = session.request({ command: "bind_transceiver", interface_version });
  const { sequence_number } = await peer.expect("bind_transceiver");
  peer.send({ command: "bind_transceiver_resp", sequence_number, sc_interface_version });
  await binding;
  return [session, peer];
}

/** An SMSC to which an ESME of this version is bound. */
async function smsc(interface_version: number): Promise<[Session, ScriptedPeer, Pdu]> {
  const [session, peer] = connect({ role: "smsc" });
  session.setCallbacks({
    bind_transceiver: () => ({ system_id: "s", sc_interface_version: 0x50 }),
    submit_sm: () => ({ message_id: "1", additional_status_info_text: "fine" }),
  });
  peer.send({ command: "bind_transceiver", sequence_number: 1, interface_version });
  return [session, peer, await peer.next()];
}

test.each([
  [0x33, undefined],
  [0x00, undefined],
  [0x34, 0x33],
])(
  "towards an SMSC of %i, bound as %s, a request with TLVs is refused unwritten",
  async (theirs, ours) => {
    const [session, peer] = await esme(theirs, ours);
    expect(session.peerVersion).toBe(theirs);
    await expect(session.request({ command: "submit_sm", ...tlv })).rejects.toMatchObject({
      code: "version",
      written: false,
      message: expect.stringContaining("user_message_reference"),
    });
    const sending = session.request({ command: "submit_sm", destination_addr: "1" });
    const { sequence_number, destination_addr } = await peer.expect("submit_sm");
    expect(destination_addr).toBe("1");
    peer.send({ command: "submit_sm_resp", sequence_number });
    await sending;
  },
);

test.each([[0x34], [0x50], [undefined]])(
  "towards an SMSC that says %s, TLVs are sent",
  async (version) => {
    const [session, peer] = await esme(version);
    expect(session.peerVersion).toBe(version);
    void session.request({ command: "submit_sm", ...tlv }).catch(() => {});
    expect(await peer.expect("submit_sm")).toMatchObject(tlv);
  },
);

test("the option peerVersion is believed instead", async () => {
  const [session, peer] = await esme(0x33, undefined, { peerVersion: 0x34 });
  expect(session.peerVersion).toBe(0x34);
  void session.request({ command: "submit_sm", ...tlv }).catch(() => {});
  expect(await peer.expect("submit_sm")).toMatchObject(tlv);
});

test("vendor TLVs, with a name and without, are TLVs, too", async () => {
  const codec = createCodec({ tlvs: { mine: { tag: 0x1401, type: octets({ size: 1 }) } } });
  const [ours, theirs] = duplexPair();
  const peer = new ScriptedPeer(theirs);
  const session = new Session(ours, { role: "esme", codec, peerVersion: 0x33 });
  const binding = session.request({ command: "bind_transceiver" });
  const { sequence_number } = await peer.expect("bind_transceiver");
  peer.send({ command: "bind_transceiver_resp", sequence_number });
  await binding;
  const value = Buffer.from("x");
  const unknown_tlvs = [{ tag: 0x1402, value }];
  for (const tlvs of [{ mine: value }, { unknown_tlvs }]) {
    const sending = session.request({ command: "submit_sm", ...tlvs });
    await expect(sending).rejects.toMatchObject({ code: "version" });
  }
  await session.close();
});

test("a long password that the codec allows is sent to an SMSC of 3.3, and shown to callbacks", async () => {
  const seen: string[] = [];
  const [session, peer] = connect({
    codec: createCodec({ maxPasswordLength: 20 }),
    callbacks: {
      all_commands: (pdu) => {
        if (pdu.command === "bind_transceiver") seen.push(pdu.password);
      },
    },
    logPdus: "content",
  });
  const fields = { password: "twelve-chars", interface_version: 0x33 };
  const binding = session.request({ command: "bind_transceiver", ...fields });
  const written = await peer.frame();
  expect(createCodec({ maxPasswordLength: 20 }).decode(written ?? new Uint8Array())).toMatchObject(
    fields,
  );
  peer.send({ command: "bind_transceiver_resp", sequence_number: 1 });
  await binding;
  expect(seen).toEqual(["twelve-chars"]);
});

test("an ESME of 3.3 gets responses, bind_resp included, and messages without their TLVs", async () => {
  const [session, peer, bindResp] = await smsc(0x33);
  expect(session.peerVersion).toBe(0x33);
  expect(bindResp).toMatchObject({ command_status: 0, system_id: "s" });
  expect(bindResp).not.toHaveProperty("sc_interface_version");
  peer.send({ command: "submit_sm", sequence_number: 2 });
  const response = await peer.expect("submit_sm_resp");
  expect(response).toMatchObject({ sequence_number: 2, message_id: "1" });
  expect(response).not.toHaveProperty("additional_status_info_text");
  const short_message = Buffer.from("id:1 stat:DELIVRD");
  const receipt = { command: "deliver_sm", receipted_message_id: "1", short_message } as const;
  const delivering = session.request(receipt);
  const pdu = await peer.expect("deliver_sm");
  expect(Buffer.from(pdu.short_message)).toEqual(short_message);
  expect(pdu).not.toHaveProperty("receipted_message_id");
  peer.send({ command: "deliver_sm_resp", sequence_number: pdu.sequence_number });
  await delivering;
});

test("an ESME of 3.3 is not sent a message whose text is a TLV", async () => {
  const [session] = await smsc(0x33);
  const message_payload = Buffer.from("text");
  await expect(session.request({ command: "deliver_sm", message_payload })).rejects.toMatchObject({
    code: "version",
    written: false,
  });
});

test("an ESME of 5.0 gets everything", async () => {
  const [session, , bindResp] = await smsc(0x50);
  expect(session.peerVersion).toBe(0x50);
  expect(bindResp).toMatchObject({ sc_interface_version: 0x50 });
});

test.each([
  [0x34, true],
  [0x33, false],
])(
  "an SMSC that says 0x33 to an ESME of %i sends no TLVs from then on",
  async (interface_version, says) => {
    const [session, peer] = connect({ role: "smsc" });
    session.setCallbacks({
      bind_transceiver: () => ({ sc_interface_version: 0x33 }),
      submit_sm: () => ({ message_id: "1", additional_status_info_text: "fine" }),
    });
    peer.send({ command: "bind_transceiver", sequence_number: 1, interface_version });
    // The TLV is how it says so, and only a peer that knows TLVs gets it.
    expect("sc_interface_version" in (await peer.next())).toBe(says);
    peer.send({ command: "submit_sm", sequence_number: 2 });
    const response = await peer.expect("submit_sm_resp");
    expect(response).not.toHaveProperty("additional_status_info_text");
    const delivering = session.request({ command: "deliver_sm", ...tlv });
    const pdu = await peer.expect("deliver_sm");
    expect(pdu).not.toHaveProperty("user_message_reference");
    peer.send({ command: "deliver_sm_resp", sequence_number: pdu.sequence_number });
    await delivering;
    const message_payload = Buffer.from("text");
    const refused = expect(session.request({ command: "data_sm", message_payload })).rejects;
    await refused.toMatchObject({ code: "version", written: false });
  },
);

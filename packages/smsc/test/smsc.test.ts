import { once } from "node:events";
import { MessageState, Status } from "@esme/pdu";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Smsc, type SmscOptions } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

/** A message centre that is closed after the test. */
function smscWith(options: SmscOptions = {}): Smsc {
  const smsc = new Smsc({ port: 0, receiptDelay: 0, ...options });
  open.push(smsc);
  return smsc;
}

async function bound(smsc: Smsc, mode: Parameters<RawEsme["bind"]>[0] = "bind_transceiver") {
  const esme = RawEsme.join(smsc);
  await esme.bind(mode);
  return esme;
}

const octets = (text: string) => Buffer.from(text, "latin1");

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

describe("binding", () => {
  test.each([
    ["bind_transmitter", "transmitter", "BOUND_TX"],
    ["bind_receiver", "receiver", "BOUND_RX"],
    ["bind_transceiver", "transceiver", "BOUND_TRX"],
  ] as const)("%s binds as %s", async (command, mode, state) => {
    const smsc = smscWith({ system_id: "centre" });
    const esme = RawEsme.join(smsc);
    const told = once(smsc, "bound");
    const response = await esme.bind(command);
    expect(response).toMatchObject({
      command_status: Status.ESME_ROK,
      system_id: "centre",
      sc_interface_version: 0x34,
    });
    await told;
    expect(smsc.sessions).toHaveLength(1);
    expect(smsc.sessions[0]).toMatchObject({ system_id: "esme", mode });
    expect(smsc.sessions[0]?.session.state).toBe(state);
  });

  test("a peer of version 3.3 gets no TLV", async () => {
    const esme = RawEsme.join(smscWith());
    esme.send({ command: "bind_transceiver", system_id: "old", interface_version: 0x33 });
    expect(await esme.read("bind_transceiver_resp")).not.toHaveProperty("sc_interface_version");
  });

  test.each([
    ["esme", "wrong", Status.ESME_RINVPASWD],
    ["nobody", "secret", Status.ESME_RINVSYSID],
  ])("%s with password %s is refused, and may try again", async (system_id, password, status) => {
    const esme = RawEsme.join(smscWith({ accounts: [{ system_id: "esme", password: "secret" }] }));
    const refused = await esme.bind("bind_transceiver", system_id, password);
    expect(refused.command_status).toBe(status);
    expect((await esme.bind()).command_status).toBe(Status.ESME_ROK);
  });

  test("a session beyond the account's limit is refused until one is unbound", async () => {
    const accounts = [{ system_id: "esme", password: "secret", maxSessions: 1 }];
    const smsc = smscWith({ accounts });
    const first = await bound(smsc);
    const second = RawEsme.join(smsc);
    expect((await second.bind()).command_status).toBe(Status.ESME_RALYBND);
    const gone = once(smsc, "unbound");
    first.send({ command: "unbind" });
    await first.read("unbind_resp");
    await gone;
    expect((await second.bind()).command_status).toBe(Status.ESME_ROK);
  });

  test("a submission before a bind is refused", async () => {
    const esme = RawEsme.join(smscWith());
    const refused = await esme.submit({ destination_addr: "1" });
    expect(refused.command_status).toBe(Status.ESME_RINVBNDSTS);
  });
});

describe("submitting", () => {
  test("ids count up, the phone shows the text, a receipt says DELIVRD", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const shown = once(smsc, "message");
    const response = await esme.submit({
      source_addr: "12345",
      destination_addr: "27820001001",
      short_message: octets("hello"),
      registered_delivery: 1,
    });
    expect(response).toMatchObject({ command_status: 0, message_id: "0000000001" });
    expect(await shown).toEqual([
      {
        from: "12345",
        to: "27820001001",
        text: "hello",
        parts: 1,
        ids: ["0000000001"],
        system_id: "esme",
      },
    ]);
    const receipt = await esme.takeDelivery();
    expect(receipt).toMatchObject({
      source_addr: "27820001001",
      destination_addr: "12345",
      esm_class: 0x04,
      receipted_message_id: "0000000001",
      message_state: MessageState.DELIVERED,
    });
    expect(Buffer.from(receipt.short_message).toString()).toMatch(
      /^id:0000000001 sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:DELIVRD err:000 text:hello$/,
    );
    const second = await esme.submit({ destination_addr: "27820001001" });
    expect(second.message_id).toBe("0000000002");
  });

  test("a destination that ends in 999911 is refused with ESME_RINVDSTADR", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const told = once(smsc, "submit");
    const response = await esme.submit({ source_addr: "1", destination_addr: "27999911" });
    expect(response.command_status).toBe(Status.ESME_RINVDSTADR);
    expect(await told).toEqual([
      { system_id: "esme", from: "1", to: "27999911", message_id: "", command_status: 0x0b },
    ]);
  });
});

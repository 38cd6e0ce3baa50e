/** A request that is refused for its state does nothing: nobody hears of it, nothing comes of it. */
import { once } from "node:events";
import { commands, type PduInput, type RequestName, Status } from "@esme/pdu";
import { afterEach, describe, expect, test } from "vitest";
import { Smsc } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

const phone = "27820001001";

/** What a message centre was asked, and what it told of. */
function watched() {
  const heard: string[] = [];
  const smsc = new Smsc({
    port: 0,
    receiptDelay: 0,
    accounts: [
      { system_id: "esme", password: "secret" },
      { system_id: "other", password: "secret" },
    ],
    onSubmit: (pdu) => {
      heard.push(`onSubmit ${pdu.command}`);
    },
  });
  open.push(smsc);
  for (const event of ["submit", "message", "receipt", "ussd", "broadcast"] as const) {
    smsc.on(event, () => heard.push(event));
  }
  return { smsc, heard };
}

type Asked = PduInput & { command: RequestName };

/** Every request that changes something in the message centre, or tells of what it keeps. */
const requests: Record<string, (message_id: string) => Asked> = {
  submit_sm: () => ({ command: "submit_sm", destination_addr: phone, registered_delivery: 1 }),
  "submit_sm of a USSD screen": () => ({
    command: "submit_sm",
    destination_addr: phone,
    ussd_service_op: Uint8Array.of(2),
  }),
  data_sm: () => ({ command: "data_sm", destination_addr: phone, registered_delivery: 1 }),
  "data_sm with set_dpf": () => ({ command: "data_sm", destination_addr: "off", set_dpf: 1 }),
  submit_multi: () => ({
    command: "submit_multi",
    dest_address: [{ dest_flag: 1, destination_addr: phone }],
    registered_delivery: 1,
  }),
  cancel_sm: (message_id) => ({ command: "cancel_sm", message_id }),
  "cancel_sm by addresses": () => ({
    command: "cancel_sm",
    source_addr: "1",
    destination_addr: "off",
  }),
  replace_sm: (message_id) => ({
    command: "replace_sm",
    message_id,
    short_message: Buffer.from("replaced"),
  }),
  query_sm: (message_id) => ({ command: "query_sm", message_id }),
  broadcast_sm: () => ({
    command: "broadcast_sm",
    broadcast_area_identifier: [Uint8Array.of(0, 1)],
  }),
  query_broadcast_sm: (message_id) => ({ command: "query_broadcast_sm", message_id }),
  cancel_broadcast_sm: (message_id) => ({ command: "cancel_broadcast_sm", message_id }),
};

/** How a peer comes not to be allowed to ask. */
const situations: Record<string, (esme: RawEsme) => Promise<unknown>> = {
  unbound: async () => {},
  "after a refused password": (esme) => esme.bind("bind_transceiver", "esme", "wrong"),
  "on a receiver bind": (esme) => esme.bind("bind_receiver"),
  "on a receiver bind, after a refused second bind as transceiver": async (esme) => {
    await esme.bind("bind_receiver");
    await esme.bind("bind_transceiver");
  },
};

describe.each(Object.entries(situations))("%s", (_, come) => {
  test.each(Object.entries(requests))("%s is refused, and nothing comes of it", async (__, ask) => {
    const { smsc, heard } = watched();
    // A message that could be cancelled, replaced or queried.
    const owner = RawEsme.join(smsc);
    await owner.bind();
    smsc.phone("off").off();
    const kept = { source_addr: "1", destination_addr: "off", short_message: Buffer.from("kept") };
    const { message_id } = await owner.submit(kept);
    heard.length = 0;

    const esme = RawEsme.join(smsc);
    await come(esme);
    const request = ask(message_id);
    esme.send(request);
    const refused = await esme.read(commands[request.command].response);
    expect(refused.command_status).toBe(Status.ESME_RINVBNDSTS);

    // Behind everything that it could have begun.
    const shown = once(smsc, "message");
    smsc.phone("off").on();
    expect(await shown).toMatchObject([{ text: "kept" }]);
    expect(heard).toEqual(["message"]);
    expect([...owner.unread, ...esme.unread]).toEqual([]);
    expect(smsc.pendingDeliveries).toBe(0);
  });
});

describe("a refused second bind", () => {
  test.each([
    ["another account", "other", "secret"],
    ["another account with a wrong password", "other", "wrong"],
    ["an account that is not there", "nobody", "secret"],
    ["the same account", "esme", "secret"],
  ])("as %s changes nothing", async (_, system_id, password) => {
    const { smsc } = watched();
    let binds = 0;
    smsc.on("bound", () => binds++);
    const esme = RawEsme.join(smsc);
    await esme.bind("bind_transceiver");
    const second = await esme.bind("bind_transceiver", system_id, password);
    expect(second.command_status).toBe(Status.ESME_RALYBND);
    expect(smsc.sessions).toMatchObject([{ system_id: "esme", mode: "transceiver" }]);
    expect(binds).toBe(1);
    const told = once(smsc, "submit");
    await esme.submit({ destination_addr: phone, registered_delivery: 1 });
    expect(await told).toMatchObject([{ system_id: "esme" }]);
    expect((await esme.takeDelivery()).source_addr).toBe(phone);
  });

  test("after a refused first one, an account is that of the bind that succeeded", async () => {
    const { smsc } = watched();
    const esme = RawEsme.join(smsc);
    await esme.bind("bind_transceiver", "other", "wrong");
    expect(smsc.sessions).toMatchObject([{ system_id: "", mode: undefined }]);
    await esme.bind("bind_receiver");
    expect(smsc.sessions).toMatchObject([{ system_id: "esme", mode: "receiver" }]);
  });
});

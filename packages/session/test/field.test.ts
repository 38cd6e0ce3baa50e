// What real peers do on the wire: a session lives with all of it.
import { encode, type PduInput, Status } from "@esme/pdu";
import { describe, expect, test, vi } from "vitest";
import { bound, connect, serving, settled } from "./connect.ts";

const { ESME_RBINDFAIL, ESME_RINVPASWD, ESME_RX_T_APPN, ESME_RINVCMDID } = Status;

/** An error response of the header alone. */
function headerOnly(command_id: number, command_status: number, sequence_number: number): Buffer {
  const frame = Buffer.alloc(16);
  [16, command_id, command_status, sequence_number].forEach((value, index) => {
    frame.writeUInt32BE(value, index * 4);
  });
  return frame;
}

describe("answers to a bind", () => {
  const answers: [string, Omit<PduInput & { command: "bind_transceiver_resp" }, "command">][] = [
    ["without sc_interface_version", { system_id: "smsc" }],
    ["with version 5.0", { system_id: "smsc", sc_interface_version: 0x50 }],
    ["with an empty system_id", {}],
    ["with congestion_state, which 3.4 does not know", { system_id: "s", congestion_state: 3 }],
  ];
  test.each(answers)("%s: bound", async (_name, fields) => {
    const [session, peer] = connect();
    const binding = session.request({ command: "bind_transceiver" });
    const { sequence_number } = await peer.expect("bind_transceiver");
    peer.send({ ...fields, command: "bind_transceiver_resp", sequence_number });
    expect(await binding).toMatchObject(fields);
    expect(session.state).toBe("BOUND_TRX");
  });

  test.each([
    [
      "with a body",
      (n: number) =>
        encode({
          command: "bind_transceiver_resp",
          command_status: ESME_RINVPASWD,
          sequence_number: n,
          system_id: "smsc",
        }),
    ],
    ["without a body", (n: number) => headerOnly(0x80000009, ESME_RINVPASWD, n)],
    ["as generic_nack", (n: number) => headerOnly(0x80000000, ESME_RINVPASWD, n)],
  ])("a refusal %s rejects with its status", async (_name, answer) => {
    const [session, peer] = connect();
    const binding = session.request({ command: "bind_transceiver" });
    const { sequence_number } = await peer.expect("bind_transceiver");
    peer.write(answer(sequence_number));
    await expect(binding).rejects.toMatchObject({ status: ESME_RINVPASWD });
    expect(session.state).toBe("OPEN");
  });

  test("generic_nack with number 0 refuses a bind: there was no other request", async () => {
    const [session, peer] = connect();
    const binding = session.request({ command: "bind_transceiver" });
    await peer.expect("bind_transceiver");
    peer.write(headerOnly(0x80000000, Status.ESME_RINVCMDLEN, 0));
    await expect(binding).rejects.toMatchObject({
      name: "StatusError",
      status: Status.ESME_RINVCMDLEN,
    });
    expect(session.stats()).toMatchObject({ stray: 0, inFlight: 0 });
    expect(session.state).toBe("OPEN");
  });

  test("bind_transmitter_resp as the answer to bind_receiver binds as receiver", async () => {
    const [session, peer] = connect();
    const binding = session.request({ command: "bind_receiver" });
    const { sequence_number } = await peer.expect("bind_receiver");
    peer.send({ command: "bind_transmitter_resp", sequence_number });
    await binding;
    expect(session.state).toBe("BOUND_RX");
  });

  test("no answer at all rejects with TimeoutError after bindTimeout", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      const [session, peer] = connect({ bindTimeout: 30_000 });
      const outcome = expect(session.request({ command: "bind_transceiver" })).rejects;
      const rejected = outcome.toMatchObject({ code: "response_timeout", written: true });
      await peer.expect("bind_transceiver");
      vi.advanceTimersByTime(29_999);
      expect(session.stats().timeouts).toBe(0);
      vi.advanceTimersByTime(1);
      await rejected;
    } finally {
      vi.useRealTimers();
    }
  });
});

test("deliver_sm right behind bind_resp finds callbacks that were set when the bind resolved", async () => {
  const [session, peer] = connect();
  const binding = session.request({ command: "bind_receiver" });
  const { sequence_number } = await peer.expect("bind_receiver");
  peer.send(
    { command: "bind_receiver_resp", sequence_number },
    { command: "deliver_sm", sequence_number: 1, source_addr: "1" },
    { command: "deliver_sm", sequence_number: 2, source_addr: "2" },
  );
  await binding;
  const seen: string[] = [];
  session.setCallbacks({ deliver_sm: (pdu) => void seen.push(pdu.source_addr) });
  expect((await peer.next()).sequence_number).toBe(1);
  expect((await peer.next()).sequence_number).toBe(2);
  expect(seen).toEqual(["1", "2"]);
});

describe("answers to submit_sm", () => {
  test("out of order find their requests", async () => {
    const [session, peer] = await bound();
    const sendings = ["a", "b", "c"].map((destination_addr) =>
      session.request({ command: "submit_sm", destination_addr }),
    );
    const requests = [await peer.next(), await peer.next(), await peer.next()];
    peer.send(
      ...requests.reverse().map(({ sequence_number }): PduInput => {
        return { command: "submit_sm_resp", sequence_number, message_id: `${sequence_number}` };
      }),
    );
    const ids = (await Promise.all(sendings)).map(({ message_id }) => message_id);
    expect(ids).toEqual(requests.map(({ sequence_number }) => `${sequence_number}`).reverse());
  });

  test.each([[""], ["0"], ["1A2B3C4D"], ["x".repeat(64)]])(
    "message_id %j is passed on as it is",
    async (message_id) => {
      const [session, peer] = await bound();
      const sending = session.request({ command: "submit_sm" });
      const { sequence_number } = await peer.expect("submit_sm");
      peer.send({ command: "submit_sm_resp", sequence_number, message_id });
      expect((await sending).message_id).toBe(message_id);
    },
  );

  test("with the same message_id for every message are as good as any", async () => {
    const [session, peer] = await bound();
    const sendings = [1, 2].map(() => session.request({ command: "submit_sm" }));
    for (const _ of sendings) {
      const { sequence_number } = await peer.expect("submit_sm");
      peer.send({ command: "submit_sm_resp", sequence_number, message_id: "same" });
    }
    const ids = (await Promise.all(sendings)).map(({ message_id }) => message_id);
    expect(ids).toEqual(["same", "same"]);
  });

  test("status 0 without a body is a success with an empty message_id", async () => {
    const [session, peer] = await bound();
    const sending = session.request({ command: "submit_sm" });
    const { sequence_number } = await peer.expect("submit_sm");
    peer.write(headerOnly(0x80000004, 0, sequence_number));
    expect((await sending).message_id).toBe("");
  });

  test("a second answer to the same request is counted and reported, not fatal", async () => {
    const [session, peer] = await bound();
    const stray: unknown[] = [];
    session.on("stray", (pdu, late) => stray.push([pdu.command, late]));
    const sending = session.request({ command: "submit_sm" });
    const { sequence_number } = await peer.expect("submit_sm");
    const answer: PduInput = { command: "submit_sm_resp", sequence_number, message_id: "1" };
    peer.send(answer, answer);
    await sending;
    await settled();
    expect(stray).toEqual([["submit_sm_resp", false]]);
    expect(session.state).toBe("BOUND_TRX");
  });
});

describe("generic_nack", () => {
  test("with the request's number rejects it with StatusError", async () => {
    const [session, peer] = await bound();
    const sending = session.request({ command: "submit_sm" });
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "generic_nack", command_status: ESME_RINVCMDID, sequence_number });
    await expect(sending).rejects.toMatchObject({ status: ESME_RINVCMDID });
  });

  test("with number 0 refuses a bind only while nothing else is in flight", async () => {
    const [session, peer] = connect();
    const binding = session.request({ command: "bind_transceiver" });
    const asking = session.request({ command: "enquire_link" });
    const { sequence_number } = await peer.expect("bind_transceiver");
    const nack = { command: "generic_nack", command_status: ESME_RINVCMDID } as const;
    peer.send({ ...nack, sequence_number: 0 });
    await peer.expect("enquire_link");
    peer.send({ command: "enquire_link_resp", sequence_number: sequence_number + 1 });
    await asking;
    expect(session.stats().stray).toBe(1);
    peer.send({ ...nack, sequence_number: 0 });
    await expect(binding).rejects.toMatchObject({ status: ESME_RINVCMDID });
  });

  test("with number 0 refuses no message: it may be about a response of ours", async () => {
    const [session, peer] = await bound();
    const sending = session.request({ command: "submit_sm" });
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "generic_nack", command_status: ESME_RINVCMDID, sequence_number: 0 });
    peer.send({ command: "submit_sm_resp", sequence_number, message_id: "1" });
    expect((await sending).message_id).toBe("1");
    expect(session.stats().stray).toBe(1);
  });

  test.each([[0], [77]])(
    "with sequence_number %i is reported and never answered",
    async (sequence_number) => {
      const [session, peer] = await bound();
      peer.send({ command: "generic_nack", command_status: ESME_RINVCMDID, sequence_number });
      peer.send({ command: "enquire_link", sequence_number: 9 });
      expect(await peer.next()).toMatchObject({ command: "enquire_link_resp", sequence_number: 9 });
      expect(session.stats().stray).toBe(1);
    },
  );
});

describe("deliver_sm", () => {
  test.each([
    [
      "a receipt with vendor TLVs",
      { esm_class: 0x04, data_coding: 1, unknown_tlvs: [{ tag: 0x1403, value: Buffer.from("x") }] },
    ],
    ["an intermediate receipt", { esm_class: 0x20, message_state: 1 }],
    ["receipted_message_id on a plain message", { esm_class: 0, receipted_message_id: "12" }],
    ["a message_payload that ends in NUL", { message_payload: Buffer.from("hi\0") }],
    ["sequence_number 0", { sequence_number: 0 }],
  ])("%s reaches the callback whole and is answered", async (_name, fields) => {
    const [session, peer] = await bound();
    const seen: unknown[] = [];
    session.setCallbacks({ deliver_sm: (pdu) => void seen.push(pdu) });
    peer.send({ sequence_number: 3, ...fields, command: "deliver_sm" });
    const { sequence_number } = await peer.expect("deliver_sm_resp");
    expect(sequence_number).toBe("sequence_number" in fields ? 0 : 3);
    expect(seen).toHaveLength(1);
    expect(Object.keys(seen[0] ?? {})).toEqual(expect.arrayContaining(Object.keys(fields)));
  });

  test.each([
    ["id:0123456789 sub:001 dlvrd:001 stat:DELIVRD err:000 text:hello", 0x04],
    ["id:0123456789 sub:001 dlvrd:001 stat:DELIVRD err:000 Text:hello", 0x04],
    ["id:0123456789 stat:ENROUTE", 0x20],
  ])("a receipt is passed on as the octets it is: %s", async (text, esm_class) => {
    const [session, peer] = await bound();
    const seen: string[] = [];
    session.setCallbacks({
      deliver_sm: (pdu) =>
        void seen.push(`${pdu.esm_class} ${Buffer.from(pdu.short_message).toString("latin1")}`),
    });
    const short_message = Buffer.from(text, "latin1");
    peer.send({ command: "deliver_sm", sequence_number: 3, esm_class, short_message });
    await peer.expect("deliver_sm_resp");
    expect(seen).toEqual([`${esm_class} ${text}`]);
  });

  test("receipts out of order, before their submit_sm_resp, and of another session are all taken", async () => {
    const [session, peer] = await bound();
    const seen: (string | undefined)[] = [];
    session.setCallbacks({ deliver_sm: (pdu) => void seen.push(pdu.receipted_message_id) });
    // 0x11 asks for the final receipt and intermediate ones; some send the intermediate one alone.
    const sendings = ["1", "2"].map((destination_addr) =>
      session.request({ command: "submit_sm", destination_addr, registered_delivery: 0x11 }),
    );
    const requests = [await peer.expect("submit_sm"), await peer.expect("submit_sm")];
    const receipts = ["B", "A", "of another session"].map(
      (receipted_message_id, index): PduInput => ({
        command: "deliver_sm",
        sequence_number: 90 + index,
        esm_class: index === 1 ? 0x20 : 0x04,
        receipted_message_id,
      }),
    );
    peer.send(...receipts);
    for (const { sequence_number } of receipts) {
      expect(await peer.next()).toMatchObject({ command: "deliver_sm_resp", sequence_number });
    }
    requests.forEach(({ sequence_number }, index) => {
      peer.send({ command: "submit_sm_resp", sequence_number, message_id: "AB"[index] });
    });
    const ids = (await Promise.all(sendings)).map(({ message_id }) => message_id);
    expect(ids).toEqual(["A", "B"]);
    expect(seen).toEqual(["B", "A", "of another session"]);
  });

  test("is answered with 17 octets, also with an error status", async () => {
    const [session, peer] = await bound();
    peer.send({ command: "deliver_sm", sequence_number: 5 });
    expect(await peer.frame()).toHaveLength(17);
    session.setCallbacks({ deliver_sm: () => ESME_RX_T_APPN });
    peer.send({ command: "deliver_sm", sequence_number: 6 });
    const frame = await peer.frame();
    expect(frame).toHaveLength(17);
    expect(frame?.[11]).toBe(ESME_RX_T_APPN);
  });

  test("that was refused for now comes again with the same number and is taken", async () => {
    const [session, peer] = await bound();
    const answers = [ESME_RX_T_APPN, Status.ESME_ROK];
    session.setCallbacks({ deliver_sm: () => answers.shift() });
    const deliver: PduInput = { command: "deliver_sm", sequence_number: 5 };
    peer.send(deliver);
    expect(await peer.next()).toMatchObject({ sequence_number: 5, command_status: ESME_RX_T_APPN });
    peer.send(deliver);
    expect(await peer.next()).toMatchObject({ sequence_number: 5, command_status: 0 });
  });
});

describe("a peer that ends it", () => {
  test("closing after a PDU in the wrong state: the request says so", async () => {
    const [session, peer] = connect();
    const binding = session.request({ command: "bind_transceiver" });
    await peer.expect("bind_transceiver");
    peer.stream.end();
    await expect(binding).rejects.toMatchObject({ code: "closed_by_peer", written: true });
    expect(session.state).toBe("CLOSED");
  });

  test("closing after a request ends the request with the truth: written, not answered", async () => {
    const [session, peer] = await bound();
    const sending = session.request({ command: "submit_sm" });
    await peer.expect("submit_sm");
    peer.stream.destroy();
    await expect(sending).rejects.toMatchObject({ code: "closed_by_peer", written: true });
  });

  test("unbind is answered, and answers that were on their way still arrive", async () => {
    const [session, peer] = await bound();
    const sending = session.request({ command: "submit_sm" });
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "unbind", sequence_number: 8 });
    expect(await peer.next()).toMatchObject({ command: "unbind_resp", sequence_number: 8 });
    peer.send({ command: "submit_sm_resp", sequence_number, message_id: "late" });
    expect((await sending).message_id).toBe("late");
    expect(session.state).toBe("UNBOUND");
    await expect(session.request({ command: "submit_sm" })).rejects.toMatchObject({
      code: "unbound",
      written: false,
    });
  });

  test("an outbind is shown, whatever comes after it", async () => {
    const [session, peer] = connect();
    const seen: string[] = [];
    session.setCallbacks({ outbind: (pdu) => void seen.push(pdu.system_id) });
    peer.send({ command: "outbind", system_id: "smsc", password: "x" });
    peer.stream.end();
    await settled();
    expect(seen).toEqual(["smsc"]);
    expect(session.state).toBe("CLOSED");
  });
});

describe("as a server", () => {
  test.each([[3], [0x43]])(
    "Kannel's submit_sm with esm_class %i is taken as it is",
    async (esm_class) => {
      const [session, peer] = await serving();
      session.setCallbacks({
        submit_sm: (pdu) => ({ message_id: `${pdu.esm_class}/${pdu.source_addr_ton}` }),
      });
      peer.send({
        command: "submit_sm",
        sequence_number: 2,
        esm_class,
        source_addr_ton: 2,
        registered_delivery: 0x11,
        more_messages_to_send: 1,
      });
      const { message_id } = await peer.expect("submit_sm_resp");
      expect(message_id).toBe(`${esm_class}/2`);
    },
  );

  test("an ESME that unbinds and comes back on a new connection is served again", async () => {
    for (const _ of ["first", "second"]) {
      const [session, peer] = await serving();
      peer.send({ command: "unbind", sequence_number: 2 });
      await peer.expect("unbind_resp");
      await peer.ended();
      expect(session.state).not.toBe("BOUND_TRX");
    }
  });

  test("a failed bind leaves the session open for another try", async () => {
    const [session, peer] = connect({ role: "smsc" });
    session.setCallbacks({
      bind_transceiver: (pdu) => (pdu.password === "right" ? { system_id: "me" } : ESME_RBINDFAIL),
    });
    peer.send({ command: "bind_transceiver", sequence_number: 1, password: "wrong" });
    expect(await peer.next()).toMatchObject({ command_status: ESME_RBINDFAIL });
    expect(session.state).toBe("OPEN");
    peer.send({ command: "bind_transceiver", sequence_number: 2, password: "right" });
    expect(await peer.next()).toMatchObject({ command_status: 0, system_id: "me" });
    expect(session.state).toBe("BOUND_TRX");
    peer.send({ command: "bind_receiver", sequence_number: 3 });
    expect(await peer.next()).toMatchObject({ command_status: Status.ESME_RALYBND });
  });
});

import { Duplex } from "node:stream";
import { createCodec, encode, FrameError, PduError, Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { noAnswer, type Reader, Session, silentLogger } from "../src/index.ts";
import { bound, connect, once, serving, settled } from "./connect.ts";
import { duplexPair, ScriptedPeer } from "./scripted-peer.ts";

const { ESME_RSYSERR, ESME_RINVBNDSTS, ESME_RINVCMDID, ESME_RINVPARLEN, ESME_RINVCMDLEN } = Status;

describe("what a callback returns decides the response", () => {
  test.each([
    ["nothing", () => undefined, { command_status: 0, message_id: "" }],
    ["null", () => JSON.parse("null"), { command_status: 0, message_id: "" }],
    ["a status", () => Status.ESME_RX_T_APPN, { command_status: 0x64 }],
    ["fields", () => ({ message_id: "7" }), { command_status: 0, message_id: "7" }],
    [
      "fields with a status",
      () => ({ command_status: Status.ESME_RTHROTTLED, message_id: "" }),
      { command_status: 0x58 },
    ],
    ["a promise", async () => ({ message_id: "8" }), { message_id: "8" }],
  ])("%s", async (_name, submit_sm, expected) => {
    const [session, peer] = await serving();
    session.setCallbacks({ submit_sm });
    peer.send({ command: "submit_sm", sequence_number: 9 });
    expect(await peer.expect("submit_sm_resp")).toMatchObject({ sequence_number: 9, ...expected });
  });

  const throws =
    (error: Error, fields = {}) =>
    () => {
      throw Object.assign(error, fields);
    };

  test.each<[string, () => unknown, number, string]>([
    ["a throw", throws(new Error("no disk")), ESME_RSYSERR, "no disk"],
    ["a rejection", () => Promise.reject(new Error("no disk")), ESME_RSYSERR, "no disk"],
    [
      "an error with a command_status",
      throws(new Error("later"), { command_status: 0x65 }),
      0x65,
      "later",
    ],
    [
      "an error with the highest command_status",
      throws(new Error("odd"), { command_status: 0xffff_ffff }),
      0xffff_ffff,
      "odd",
    ],
    [
      "a PduError, which is about another PDU,",
      throws(new PduError("truncated", "not a PDU")),
      ESME_RSYSERR,
      "not a PDU",
    ],
    [
      "a FrameError, which is about another connection,",
      throws(new FrameError(3, 16, [])),
      ESME_RSYSERR,
      "3",
    ],
    ["fields that do not fit", () => ({ message_id: "x".repeat(66) }), ESME_RSYSERR, "message_id"],
    ["fields of something else", () => Object({ rows: 3 }), ESME_RSYSERR, "rows"],
    ["a whole PDU", () => Object({ command: "submit_sm" }), ESME_RSYSERR, "a whole PDU"],
    ["something that is no answer", () => Object("yes").valueOf(), ESME_RSYSERR, "a string"],
  ])("%s is an error status, and the event `error`", async (_name, submit_sm, status, words) => {
    const [session, peer] = await serving();
    session.setCallbacks(Object({ submit_sm }));
    const reported = once<[Error]>(session, "error");
    peer.send({ command: "submit_sm", sequence_number: 9 });
    expect(await peer.expect("submit_sm_resp")).toMatchObject({ command_status: status });
    expect((await reported)[0].message).toContain(words);
    expect(session.state).toBe("BOUND_TRX");
  });

  test.each([[-1], [0], [1.5], [2 ** 32], ["88"], [null]])(
    "an error with the command_status %j, which is none, is ESME_RSYSERR",
    async (command_status) => {
      const submit_sm = throws(new Error("odd"), { command_status });
      const [, peer] = await serving({ callbacks: { submit_sm } });
      peer.send({ command: "submit_sm", sequence_number: 9 });
      const answer = await peer.expect("submit_sm_resp");
      expect(answer.command_status).toBe(ESME_RSYSERR);
    },
  );

  test("an error without a listener ends nothing", async () => {
    const [session, peer] = await serving();
    session.setCallbacks({ submit_sm: () => Promise.reject(new Error("nobody listens")) });
    peer.send({ command: "submit_sm", sequence_number: 1 });
    await peer.expect("submit_sm_resp");
  });

  test.each([
    ["nothing", () => {}, 0],
    ["a status", () => ESME_RINVCMDID, ESME_RINVCMDID],
  ])("%s, of enquire_link", async (_name, enquire_link, command_status) => {
    const [, peer] = await serving({ callbacks: { enquire_link } });
    peer.send({ command: "enquire_link", sequence_number: 9 });
    expect(await peer.expect("enquire_link_resp")).toMatchObject({ command_status });
  });

  test("noAnswer sends none", async () => {
    const [session, peer] = await serving();
    session.setCallbacks({ submit_sm: () => noAnswer });
    peer.send({ command: "submit_sm", sequence_number: 1 });
    peer.send({ command: "enquire_link", sequence_number: 2 });
    await peer.expect("enquire_link_resp");
  });
});

test("callbacks see what is received and what is about to be written, whole", async () => {
  const seen: string[] = [];
  const [session, peer] = await bound({
    callbacks: {
      all_commands: (pdu, direction) => {
        seen.push(`${direction} ${pdu.command} ${pdu.sequence_number}`);
      },
      submit_sm: (pdu, direction) => {
        seen.push(`${direction} to ${pdu.destination_addr}, class ${pdu.esm_class}`);
      },
      deliver_sm: (_pdu, direction) => void seen.push(`${direction}, a message`),
    },
  });
  const sending = session.request({ command: "submit_sm", destination_addr: "12" });
  const { sequence_number } = await peer.expect("submit_sm");
  peer.send({ command: "submit_sm_resp", sequence_number });
  await sending;
  peer.send({ command: "deliver_sm", sequence_number: 1 });
  await peer.expect("deliver_sm_resp");
  expect(seen).toEqual([
    "out bind_transceiver 1",
    "in bind_transceiver_resp 1",
    "out submit_sm 2",
    "out to 12, class 0",
    "in submit_sm_resp 2",
    "in deliver_sm 1",
    "in, a message",
    "out deliver_sm_resp 1",
  ]);
});

test("a status returned by all_commands, or for a PDU of one's own, means nothing", async () => {
  const [session, peer] = await bound();
  session.setCallbacks({
    all_commands: () => Status.ESME_RSYSERR,
    data_sm: () => 1,
    deliver_sm: () => {},
  });
  const sending = session.request({ command: "data_sm" });
  const { sequence_number } = await peer.expect("data_sm");
  peer.send({ command: "data_sm_resp", sequence_number });
  await sending;
  peer.send({ command: "deliver_sm", sequence_number: 1 });
  expect(await peer.next()).toMatchObject({ command: "deliver_sm_resp", command_status: 0 });
});

describe("while callbacks are busy", () => {
  test("enquire_link and unbind are answered", async () => {
    const [session, peer] = await bound({ inboundConcurrency: 1 });
    session.setCallbacks({ deliver_sm: () => new Promise<void>(() => {}) });
    peer.send(
      { command: "deliver_sm", sequence_number: 1 },
      { command: "deliver_sm", sequence_number: 2 },
      { command: "enquire_link", sequence_number: 3 },
      { command: "unbind", sequence_number: 4 },
    );
    await peer.expect("enquire_link_resp");
    await peer.expect("unbind_resp");
  });

  test("no more of them run than inboundConcurrency, and they begin in order", async () => {
    const begun: number[] = [];
    const finish: (() => void)[] = [];
    const [session, peer] = await bound({ inboundConcurrency: 2 });
    session.setCallbacks({
      deliver_sm: (pdu) => {
        begun.push(pdu.sequence_number);
        return new Promise<void>((resolve) => finish.push(resolve));
      },
    });
    for (const sequence_number of [1, 2, 3, 4])
      peer.send({ command: "deliver_sm", sequence_number });
    await settled();
    expect(begun).toEqual([1, 2]);
    expect(session.stats()).toMatchObject({ inboundRunning: 2, inboundWaiting: 2 });
    finish[1]?.();
    expect((await peer.next()).sequence_number).toBe(2);
    expect(begun).toEqual([1, 2, 3]);
    finish[0]?.();
    finish[2]?.();
    await settled();
    finish[3]?.();
    await settled();
    expect(session.stats()).toMatchObject({ inboundRunning: 0, inboundWaiting: 0 });
  });

  test("a full backlog stops the reading, and room lets it go on", async () => {
    const finish: (() => void)[] = [];
    const [session, peer] = await bound({ inboundConcurrency: 1, inboundBacklog: 2 });
    session.setCallbacks({
      deliver_sm: () => new Promise<void>((resolve) => finish.push(resolve)),
    });
    for (let n = 1; n <= 3; n++) peer.send({ command: "deliver_sm", sequence_number: n });
    await settled();
    peer.send({ command: "enquire_link", sequence_number: 50 });
    await settled();
    expect(peer.unread).toBe(0);
    finish[0]?.();
    expect((await peer.next()).command).toBe("deliver_sm_resp");
    expect((await peer.next()).command).toBe("enquire_link_resp");
  });

  test("one that ends makes room for as many as answer at once", async () => {
    let finish = () => {};
    const first = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const [session, peer] = await bound({ inboundConcurrency: 1 });
    session.setCallbacks({
      deliver_sm: ({ sequence_number }) => (sequence_number === 1 ? first : undefined),
    });
    const all = [1, 2, 3, 4].map(
      (sequence_number) => ({ command: "deliver_sm", sequence_number }) as const,
    );
    peer.send(...all);
    await settled();
    expect(session.stats()).toMatchObject({ inboundRunning: 1, inboundWaiting: 3 });
    finish();
    for (const { sequence_number } of all) {
      expect(await peer.next()).toMatchObject({ sequence_number, command_status: 0 });
    }
    expect(session.stats()).toMatchObject({ inboundRunning: 0, inboundWaiting: 0 });
  });

  test("what waits for them is forgotten at the end of the session", async () => {
    const seen: number[] = [];
    let finish = () => {};
    const [session, peer] = await bound({ inboundConcurrency: 1 });
    session.setCallbacks({
      deliver_sm: ({ sequence_number }) => {
        seen.push(sequence_number);
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    });
    peer.send(
      { command: "deliver_sm", sequence_number: 1 },
      { command: "deliver_sm", sequence_number: 2 },
    );
    await settled();
    await session.close();
    expect(session.stats()).toMatchObject({ inboundRunning: 1, inboundWaiting: 0 });
    finish();
    await settled();
    expect(seen).toEqual([1]);
    expect(session.stats().inboundRunning).toBe(0);
  });

  test("a request that can no longer be answered is counted", async () => {
    let finish = () => {};
    const [session, peer] = await bound();
    session.setCallbacks({
      deliver_sm: () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    });
    peer.send({ command: "deliver_sm", sequence_number: 1 });
    await settled();
    await session.close();
    finish();
    await settled();
    expect(session.stats().unanswered).toBe(1);
  });
});

test("a peer that does not read is not read either, and is again when it does", async () => {
  const blocked: (() => void)[] = [];
  let written = 0;
  const stream = new Duplex({
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      written += chunk.length;
      blocked.push(done);
    },
  });
  const session = new Session(stream, { role: "esme" });
  onTestFinished(() => session.close());
  // 4,000 enquire_link a chunk, each answered by as many octets as it has.
  const chunk = Buffer.concat(Array.from({ length: 4_000 }, (_, n) => frame(0x15, n)));
  let pushed = 0;
  for (; pushed < 60 && !stream.isPaused(); pushed++) {
    stream.push(chunk);
    await settled();
  }
  expect(pushed).toBeLessThan(40);
  for (let release = blocked.shift(); release !== undefined; release = blocked.shift()) {
    release();
    await settled();
  }
  expect(stream.isPaused()).toBe(false);
  expect(written).toBe(pushed * chunk.length);
});

describe("a message that neither a callback nor a reader takes", () => {
  const temporary = Status.ESME_RX_T_APPN;

  test.each([
    ["deliver_sm", {}, temporary],
    ["data_sm", {}, temporary],
    ["deliver_sm", { unhandled: "refuse" }, temporary],
    ["deliver_sm", { unhandled: "accept" }, 0],
    // It only looks.
    ["deliver_sm", { callbacks: { all_commands: () => 0 } }, temporary],
    ["deliver_sm", { callbacks: { deliver_sm: () => {} } }, 0],
  ] as const)("%s to an ESME with %j is answered %i", async (command, options, expected) => {
    const [, peer] = await bound(options);
    peer.send({ command, sequence_number: 1 });
    expect(await peer.next()).toMatchObject({ command_status: expected });
  });

  test.each([
    ["submit_sm", {}, 0],
    ["submit_sm", { unhandled: "refuse" }, ESME_RSYSERR],
    ["query_sm", { unhandled: "refuse" }, 0],
  ] as const)("%s to an SMSC with %j is answered %i", async (command, options, expected) => {
    const [, peer] = await serving(options);
    peer.send({ command, sequence_number: 2 });
    expect(await peer.next()).toMatchObject({ command_status: expected });
  });

  test("is counted, and the logger is warned once", async () => {
    const warnings: string[] = [];
    const warn = (_fields: object, message: string) => warnings.push(message);
    const logger = { ...silentLogger, warn };
    const [session, peer] = await bound({ logger });
    peer.send({ command: "enquire_link", sequence_number: 9 });
    await peer.expect("enquire_link_resp");
    expect(session.stats().unhandled).toBe(0);
    // Counted, and nothing to warn of: no message is lost with it.
    peer.send({ command: "alert_notification", sequence_number: 8 });
    for (const sequence_number of [1, 2, 3]) {
      peer.send({ command: "deliver_sm", sequence_number });
      await peer.expect("deliver_sm_resp");
    }
    expect(session.stats().unhandled).toBe(4);
    expect(warnings).toEqual([expect.stringContaining("set a callback deliver_sm")]);
  });
});

describe("a reader", () => {
  test("sees requests beside their callbacks; the answer waits for it", async () => {
    const [session, peer] = await bound();
    let take = (_taken: boolean) => {};
    session.setCallbacks({ deliver_sm: () => ({ command_status: 0x65 }) });
    session.setReader(
      () =>
        new Promise((resolve) => {
          take = resolve;
        }),
    );
    peer.send({ command: "deliver_sm", sequence_number: 1 });
    await settled();
    expect(peer.unread).toBe(0);
    take(true);
    expect(await peer.next()).toMatchObject({ command_status: 0x65 });
  });

  const readers: [string, Reader, number][] = [
    ["takes a request", () => true, 0],
    ["takes it later", async () => true, 0],
    ["does not take it", () => false, Status.ESME_RX_T_APPN],
    ["does not take it, which it says later", async () => false, Status.ESME_RX_T_APPN],
    ["rejects", () => Promise.reject(new Error("gone")), ESME_RSYSERR],
    [
      "throws",
      () => {
        throw new Error("gone");
      },
      ESME_RSYSERR,
    ],
  ];
  test.each(readers)(
    "that %s decides, where there is no callback",
    async (_name, reader, expected) => {
      const [session, peer] = await bound();
      session.setReader(reader);
      peer.send({ command: "deliver_sm", sequence_number: 1 });
      expect(await peer.next()).toMatchObject({ command_status: expected });
    },
  );

  test("is shown every request but enquire_link and unbind, until it is taken back", async () => {
    const seen: string[] = [];
    const [session, peer] = await bound();
    session.setReader(({ command }) => {
      seen.push(command);
      return true;
    });
    peer.send(
      { command: "deliver_sm", sequence_number: 1 },
      { command: "alert_notification", sequence_number: 2 },
      { command: "enquire_link", sequence_number: 3 },
    );
    await peer.expect("deliver_sm_resp");
    await peer.expect("enquire_link_resp");
    session.setReader(undefined);
    peer.send(
      { command: "data_sm", sequence_number: 4 },
      { command: "unbind", sequence_number: 5 },
    );
    expect((await peer.expect("data_sm_resp")).command_status).toBe(Status.ESME_RX_T_APPN);
    await peer.expect("unbind_resp");
    expect(seen).toEqual(["deliver_sm", "alert_notification"]);
  });

  test("that does not take what a callback took changes nothing", async () => {
    const [session, peer] = await bound({ callbacks: { deliver_sm: () => {} } });
    session.setReader(() => Promise.resolve(false));
    peer.send({ command: "deliver_sm", sequence_number: 1 });
    expect(await peer.next()).toMatchObject({ command_status: 0 });
  });
});

describe("what the user wrote and fails is reported, and harms nothing else", () => {
  const fails = () => {
    throw new Error("log is full");
  };
  const rejects = () => Promise.reject(new Error("log is full"));

  test.each([
    ["throws", fails],
    ["rejects", rejects],
  ] as const)("all_commands that %s", async (_name, all_commands) => {
    const errors: string[] = [];
    const [session, peer] = await bound();
    session.on("error", ({ message }) => errors.push(message));
    const seen: string[] = [];
    session.setCallbacks({ all_commands, deliver_sm: () => void seen.push("deliver_sm") });
    peer.send({ command: "deliver_sm", sequence_number: 1 });
    expect(await peer.next()).toMatchObject({ command: "deliver_sm_resp", command_status: 0 });
    expect(seen).toEqual(["deliver_sm"]);
    // One for the request, one for its response.
    expect(errors).toEqual(["log is full", "log is full"]);
  });

  test.each([
    ["throws", fails],
    ["rejects", rejects],
  ])("a listener that %s, of every event", async (_name, listener) => {
    const errors: string[] = [];
    const heard: string[] = [];
    const [session, peer] = connect();
    session.on("error", ({ message }) => errors.push(message));
    for (const event of ["bound", "stray", "unbound", "close"] as const) {
      session.on(event, listener);
      session.once(event, () => heard.push(event));
    }
    const binding = session.request({ command: "bind_transceiver" });
    const { sequence_number } = await peer.expect("bind_transceiver");
    peer.send({ command: "bind_transceiver_resp", sequence_number });
    await binding;
    peer.send({ command: "submit_sm_resp", sequence_number: 77 });
    peer.send({ command: "unbind", sequence_number: 1 });
    await peer.expect("unbind_resp");
    await session.close();
    await settled();
    expect(heard).toEqual(["bound", "stray", "unbound", "close"]);
    expect(errors).toEqual(Array.from({ length: 4 }, () => "log is full"));
  });

  test.each([
    ["throws", fails],
    ["rejects", rejects],
  ])("a listener of `error` that %s is only logged", async (_name, listener) => {
    const lines: string[] = [];
    const error = (_fields: object, message: string) => lines.push(message);
    const [session, peer] = await bound({
      inboundConcurrency: 1,
      logger: { ...silentLogger, error },
      callbacks: { deliver_sm: rejects },
    });
    session.on("error", listener);
    for (const sequence_number of [1, 2]) {
      peer.send({ command: "deliver_sm", sequence_number });
      expect(await peer.next()).toMatchObject({ sequence_number, command_status: ESME_RSYSERR });
    }
    await settled();
    expect(session.stats()).toMatchObject({ inboundRunning: 0, inboundWaiting: 0 });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("a listener of the event error failed: log is full");
  });

  test.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /^undefined$/],
    ["null", null, /^null$/],
    ["a symbol", Symbol("full"), /^Symbol\(full\)$/],
    [
      "an object without a prototype",
      Object.create(null),
      /^something that is no Error was thrown$/,
    ],
    ["a text of 60,000 characters", "full ".repeat(12_000), /^(full ){40}\.\.\.$/],
  ])("a callback that throws %s", async (_name, thrown, message) => {
    const [session, peer] = await bound({
      callbacks: {
        deliver_sm: () => {
          throw thrown;
        },
      },
    });
    const reported = once<[Error]>(session, "error");
    peer.send({ command: "deliver_sm", sequence_number: 1 });
    expect(await peer.next()).toMatchObject({ command_status: ESME_RSYSERR });
    const [error] = await reported;
    expect(error.message).toMatch(message);
  });

  test("a codec that throws at what the peer sent", async () => {
    const standard = createCodec();
    const decode = (octets: Uint8Array) => {
      const pdu = standard.decode(octets);
      if (pdu.command === "deliver_sm") throw new Error("no such table");
      return pdu;
    };
    const [session, peer] = await bound({ codec: { ...standard, decode } });
    const reported = once<[Error]>(session, "error");
    peer.send({ command: "deliver_sm", sequence_number: 7 });
    expect(await peer.next()).toMatchObject({
      command: "deliver_sm_resp",
      sequence_number: 7,
      command_status: ESME_RSYSERR,
    });
    expect((await reported)[0].message).toBe("no such table");
  });

  test("a codec that cannot read what it wrote, where a callback wants to see it", async () => {
    const standard = createCodec();
    const decode = (octets: Uint8Array) => {
      if (octets[7] === 0x04 && octets[4] === 0) throw new Error("cannot read submit_sm");
      return standard.decode(octets);
    };
    const [session, peer] = await bound({
      codec: { ...standard, decode },
      callbacks: { all_commands: () => {} },
    });
    const reported = once<[Error]>(session, "error");
    const sending = session.request({ command: "submit_sm" });
    const { sequence_number } = await peer.expect("submit_sm");
    peer.send({ command: "submit_sm_resp", sequence_number });
    await sending;
    expect((await reported)[0].message).toBe("cannot read submit_sm");
  });
});

describe("a codec of another copy of @esme/pdu", () => {
  test("finds a malformed request, and the session lives", async () => {
    vi.resetModules();
    const copy = await import("@esme/pdu");
    expect(copy.PduError).not.toBe(PduError);
    const [session, peer] = await bound({ codec: copy.createCodec() });
    const reported = once<[Error]>(session, "error");
    peer.write(frame(0x05, 7, "41"));
    expect(await peer.next()).toMatchObject({
      command: "deliver_sm_resp",
      sequence_number: 7,
      command_status: ESME_RINVCMDLEN,
    });
    expect((await reported)[0]).toMatchObject({ name: "PduError", code: "truncated" });
    expect(session.state).toBe("BOUND_TRX");
  });
});

/** A PDU by hand. */
function frame(command_id: number, sequence_number: number, body = ""): Buffer {
  const octets = Buffer.concat([Buffer.alloc(16), Buffer.from(body, "hex")]);
  [octets.length, command_id, 0, sequence_number].forEach((value, index) => {
    octets.writeUInt32BE(value, index * 4);
  });
  return octets;
}

describe("what is wrong with a PDU is answered, and the session lives", () => {
  test.each([
    ["an unknown command", frame(0x999, 4), "generic_nack", ESME_RINVCMDID],
    ["a body cut off", frame(0x05, 4, "00"), "deliver_sm_resp", ESME_RINVCMDLEN],
    [
      "a string without an end",
      frame(0x05, 4, "41".repeat(40)),
      "deliver_sm_resp",
      ESME_RINVPARLEN,
    ],
    [
      "a command of the other side",
      frame(0x04, 4, `${"00".repeat(17)}`),
      "submit_sm_resp",
      ESME_RINVCMDID,
    ],
    [
      "an unknown command with a body",
      frame(0x10203, 4, "deadbeef"),
      "generic_nack",
      ESME_RINVCMDID,
    ],
  ])("%s", async (_name, octets, command, command_status) => {
    const [session, peer] = await bound();
    peer.write(octets);
    expect(await peer.next()).toMatchObject({ command, sequence_number: 4, command_status });
    expect(session.state).toBe("BOUND_TRX");
    peer.send({ command: "enquire_link", sequence_number: 5 });
    await peer.expect("enquire_link_resp");
  });

  test("a request before the bind is refused with ESME_RINVBNDSTS", async () => {
    const [session, peer] = connect({ role: "smsc" });
    peer.send({ command: "submit_sm", sequence_number: 1 });
    expect(await peer.next()).toMatchObject({
      command: "submit_sm_resp",
      command_status: ESME_RINVBNDSTS,
    });
    expect(session.state).toBe("OPEN");
  });

  test("an unknown response, and one that cannot be read, are not answered", async () => {
    const [session, peer] = await bound();
    peer.write(frame(0x80000999, 4));
    peer.write(frame(0x80000004, 4, "41"));
    peer.send({ command: "enquire_link", sequence_number: 5 });
    await peer.expect("enquire_link_resp");
    expect(session.stats().stray).toBe(2);
  });

  test("a response that cannot be read ends its request by its status", async () => {
    const [session, peer] = await bound();
    const all = Promise.allSettled([1, 2].map(() => session.request({ command: "submit_sm" })));
    const first = await peer.expect("submit_sm");
    const second = await peer.expect("submit_sm");
    const refused = frame(0x80000004, second.sequence_number, "41");
    refused[11] = 0x14;
    peer.write(Buffer.concat([frame(0x80000004, first.sequence_number, "41"), refused]));
    expect(await all).toMatchObject([
      { value: { message_id: "A", damaged: true } },
      { reason: { name: "StatusError", statusName: "ESME_RMSGQFUL" } },
    ]);
  });
});

describe("octets that are not SMPP end the session with generic_nack, not the process", () => {
  test.each([
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 0x2e310d0a],
    ["a TLS hello", Buffer.from("16030100f8010000f40303", "hex"), 0],
    ["a length below 16", frame(0x15, 1).fill(4, 3, 4), 1],
    ["a length above the limit", Buffer.from("7fffffff000000040000000000000001", "hex"), 1],
    ["a length above the limit alone", Buffer.from("7fffffff", "hex"), 0],
  ])("%s", async (_name, octets, sequence_number) => {
    const [session, peer] = await bound();
    const closed = once<[Error]>(session, "close");
    peer.write(octets);
    expect(await peer.next()).toMatchObject({
      command: "generic_nack",
      command_status: ESME_RINVCMDLEN,
      sequence_number,
    });
    await peer.ended();
    expect((await closed)[0]).toMatchObject({ code: "untrusted_length" });
  });

  test.each([
    ["octets that are not SMPP", (stream: Duplex) => stream.write("GET / HTTP/1.1\r\n\r\n")],
    ["the end of the connection", (stream: Duplex) => stream.end()],
  ])("a message between the bind response and %s is handed out", async (_name, end) => {
    const seen: string[] = [];
    const [session, peer] = connect();
    const closed = once(session, "close");
    const binding = session.request({ command: "bind_transceiver" }).then(() => {
      session.setCallbacks({ deliver_sm: () => void seen.push("deliver_sm") });
    });
    const { sequence_number } = await peer.expect("bind_transceiver");
    peer.stream.cork();
    peer.send(
      { command: "bind_transceiver_resp", sequence_number },
      { command: "deliver_sm", sequence_number: 9 },
    );
    end(peer.stream);
    peer.stream.uncork();
    await binding;
    await closed;
    expect(seen).toEqual(["deliver_sm"]);
  });

  test("PDUs before the bad length in the same segment are still taken", async () => {
    const [, peer] = await bound();
    peer.write(Buffer.concat([frame(0x15, 7), Buffer.from("GET / HTTP/1.1\r\n")]));
    expect(await peer.next()).toMatchObject({ command: "enquire_link_resp", sequence_number: 7 });
    await peer.expect("generic_nack");
  });
});

test("what comes while those behind the bind response wait is handed out after them", async () => {
  const [ours, theirs] = duplexPair();
  const peer = new ScriptedPeer(theirs);
  const session = new Session(ours, { role: "esme" });
  onTestFinished(() => session.close());
  const seen: number[] = [];
  const binding = session.request({ command: "bind_transceiver" }).then(() => {
    session.setCallbacks({
      deliver_sm: ({ sequence_number }) => void seen.push(sequence_number),
    });
  });
  const { sequence_number } = await peer.expect("bind_transceiver");
  const deliver = (number: number) => encode({ command: "deliver_sm", sequence_number: number });
  const response = encode({ command: "bind_transceiver_resp", sequence_number });
  ours.emit("data", Buffer.concat([response, deliver(1)]));
  ours.emit("data", Buffer.concat([deliver(2), deliver(3)]));
  await binding;
  await settled();
  expect(seen).toEqual([1, 2, 3]);
});

test("however many PDUs a stream brings that does not pause at once, all are taken", async () => {
  const [ours, theirs] = duplexPair();
  const peer = new ScriptedPeer(theirs);
  const session = new Session(ours, { role: "esme" });
  onTestFinished(() => session.close());
  const binding = session.request({ command: "bind_transceiver", system_id: "a" });
  const { sequence_number } = await peer.expect("bind_transceiver");
  const stray = encode({ command: "enquire_link_resp", sequence_number: 99 });
  const response = encode({ command: "bind_transceiver_resp", sequence_number });
  ours.emit("data", Buffer.concat([response, stray]));
  ours.emit("data", Buffer.concat(Array.from({ length: 150_000 }, () => stray)));
  await binding;
  await settled();
  expect(session.stats()).toMatchObject({ stray: 150_001, state: "BOUND_TRX" });
});

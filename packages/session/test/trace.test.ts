// What those who watch a session are told: diagnostics channels, and the logger.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type PduInput, Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Logger, type LogPdus, Stats } from "../src/index.ts";
import { bound, connect, serving, settled } from "./connect.ts";

/** All that sessions of this name publish on a channel until the test is over. */
function heardOn(channel: string, name: string): object[] {
  const heard: object[] = [];
  const onMessage = (message: unknown) => {
    if (typeof message !== "object" || message === null || !("session" in message)) return;
    if (message.session === name) heard.push(message);
  };
  subscribe(channel, onMessage);
  onTestFinished(() => void unsubscribe(channel, onMessage));
  return heard;
}

/** A logger, and every word it was told. */
function recording(): [Logger, () => string] {
  const lines: string[] = [];
  const log = (fields: object, message: string) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return [{ debug: log, info: log, warn: log, error: log }, () => lines.join("\n")];
}

describe("diagnostics channels", () => {
  test("esme:pdu tells of every PDU in both directions, without its content", async () => {
    const heard = heardOn("esme:pdu", "a");
    const [session, peer] = await bound({ name: "a", unhandled: "accept" });
    session.on("error", () => {});
    peer.send({ command: "deliver_sm", sequence_number: 5, short_message: Buffer.from("x") });
    await peer.expect("deliver_sm_resp");
    peer.write(Buffer.from("00000010000000050000000000000006", "hex"));
    await peer.expect("deliver_sm_resp");
    expect(heard).toEqual([
      {
        session: "a",
        direction: "out",
        command: "bind_transceiver",
        command_status: 0,
        sequence_number: 1,
        octets: 25,
      },
      {
        session: "a",
        direction: "in",
        command: "bind_transceiver_resp",
        command_status: 0,
        sequence_number: 1,
        octets: 21,
      },
      {
        session: "a",
        direction: "in",
        command: "deliver_sm",
        command_status: 0,
        sequence_number: 5,
        octets: 34,
      },
      {
        session: "a",
        direction: "out",
        command: "deliver_sm_resp",
        command_status: 0,
        sequence_number: 5,
        octets: 17,
      },
      {
        session: "a",
        direction: "in",
        command: "malformed",
        command_status: 0,
        sequence_number: 6,
        octets: 16,
      },
      {
        session: "a",
        direction: "out",
        command: "deliver_sm_resp",
        command_status: Status.ESME_RINVCMDLEN,
        sequence_number: 6,
        octets: 17,
      },
    ]);
  });

  test("esme:response tells how each request ended and how long it took", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      const [session, peer] = await bound({ name: "b", requestTimeout: 100 });
      const heard = heardOn("esme:response", "b");
      const all = Promise.allSettled(
        [1, 2, 3].map(() => session.request({ command: "submit_sm" })),
      );
      const answer = async (command_status: number) => {
        const { sequence_number } = await peer.expect("submit_sm");
        vi.advanceTimersByTime(20);
        peer.send({ command: "submit_sm_resp", command_status, sequence_number });
        await settled();
      };
      await answer(0);
      await answer(Status.ESME_RSUBMITFAIL);
      vi.advanceTimersByTime(100);
      await all;
      expect(heard).toEqual([
        { session: "b", command: "submit_sm", status: 0, milliseconds: 20 },
        { session: "b", command: "submit_sm", status: 0x45, milliseconds: 40 },
        { session: "b", command: "submit_sm", status: undefined, milliseconds: 100 },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("esme:state tells every state", async () => {
    const heard = heardOn("esme:state", "c");
    const [session, peer] = await bound({ name: "c" });
    peer.send({ command: "unbind", sequence_number: 3 });
    await peer.ended();
    await session.close();
    expect(heard).toEqual(
      ["BOUND_TRX", "UNBOUND", "CLOSED"].map((state) => ({ session: "c", state })),
    );
  });
});

describe("the logger", () => {
  /** What is logged of a bind and of a message, as an SMSC. */
  async function logged(logPdus?: LogPdus): Promise<string> {
    const [logger, words] = recording();
    const [session, peer] = connect({ role: "smsc", logger, logPdus });
    const password = "pa55word";
    const pdus: PduInput[] = [
      { command: "bind_transceiver", sequence_number: 1, system_id: "someone", password },
      {
        command: "submit_sm",
        sequence_number: 2,
        destination_addr: "447937954654",
        short_message: Buffer.from("private"),
      },
    ];
    peer.send(...pdus);
    await peer.expect("bind_transceiver_resp");
    await peer.expect("submit_sm_resp");
    await session.close();
    expect(words()).not.toContain(password);
    return words();
  }

  test("is told of no PDU unless asked for", async () => {
    expect(await logged()).not.toContain("submit_sm");
  });

  test("is told fields, but neither numbers nor texts", async () => {
    const words = await logged("fields");
    expect(words).toContain("received submit_sm");
    expect(words).toContain("sent submit_sm_resp");
    expect(words).not.toMatch(/447937954654|private|70726976617465|someone/);
  });

  test("is told numbers and texts when asked for; passwords never", async () => {
    const words = await logged("content");
    expect(words).toMatch(/447937954654/);
    expect(words).toMatch(/private/);
  });
});

test("of statuses that a peer thinks of 256 are counted, and these go on to be", () => {
  const stats = new Stats();
  for (let status = 0; status < 300; status++) stats.answered(status, 1);
  stats.answered(0, 1);
  stats.answered(299, 1);
  const { statuses, latency } = stats.counts();
  expect(Object.keys(statuses)).toHaveLength(256);
  expect(statuses).toMatchObject({ ESME_ROK: 2, ESME_RINVMSGLEN: 1 });
  expect(latency.count).toBe(302);
});

test("nobody watching, nothing is told and everything is counted", async () => {
  const [session, peer] = await serving();
  peer.send({ command: "submit_sm", sequence_number: 2 });
  await peer.expect("submit_sm_resp");
  expect(session.stats()).toMatchObject({
    received: { submit_sm: 1 },
    sent: { submit_sm_resp: 1 },
  });
});

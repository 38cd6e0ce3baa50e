// What a client makes of peers: versions, broken rules, shared queues, numbers.
import { connect as connectTcp } from "node:net";
import { createCodec, encode, type PduError } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import { Client, type ClientOptions, Lane, LinkError } from "../src/index.ts";
import { listen, once } from "./server.ts";

const bind = { mode: "transceiver", system_id: "esme", password: "secret" } as const;

function clientOf(port: number, options: ClientOptions = {}): Client {
  const client = new Client({ host: "127.0.0.1", port, bind, ...options });
  onTestFinished(() => client.disconnect());
  return client;
}

describe("a deliver_sm that breaks a rule but can be read", () => {
  // 30 characters where 20 may stand: the octets are made by hand, no codec would.
  const proper = encode({ command: "deliver_sm", sequence_number: 9, source_addr: "1" });
  const at = 16 + 1 + 2;
  const broken = Buffer.concat([
    proper.subarray(0, at),
    Buffer.from("1".repeat(29)),
    proper.subarray(at),
  ]);
  broken.writeUInt32BE(broken.length);

  /** A client, and what its SMSC hears after sending that. */
  async function answerFrom(options: ClientOptions): Promise<[Client, number, string[]]> {
    const { port, sessions } = await listen();
    const seen: string[] = [];
    const callbacks = {
      deliver_sm: (pdu: { source_addr: string }) => void seen.push(pdu.source_addr),
    };
    const client = clientOf(port, { ...options, callbacks });
    await client.connect();
    const stray = once<[{ command_status: number }]>(sessions[0] ?? client, "stray");
    const { command_id, body } = { command_id: 5, body: broken.subarray(16) };
    sessions[0]?.send({ command: "unknown", command_id, sequence_number: 9, body });
    return [client, (await stray)[0].command_status, seen];
  }

  test("is taken, counted and told", async () => {
    const problems: PduError[] = [];
    const logged: object[] = [];
    const warn = (fields: object) => void logged.push(fields);
    const logger = { debug: () => {}, info: () => {}, warn, error: warn };
    const { port, sessions } = await listen();
    const client = clientOf(port, { logger });
    client.on("tolerated", (problem) => problems.push(problem));
    const reading = client.readOnePdu();
    await client.connect();
    const body = broken.subarray(16);
    sessions[0]?.send({ command: "unknown", command_id: 5, sequence_number: 9, body });
    expect(await reading).toMatchObject({ source_addr: "1".repeat(30) });
    expect(problems).toMatchObject([{ field: "source_addr" }]);
    expect(client.stats()).toMatchObject({ tolerated: 1, malformed: 0 });
    expect(logged).toEqual([{ err: problems[0] }]);
    expect(problems[0]?.message).not.toContain("1111");
  });

  test("is answered ESME_ROK by default", async () => {
    const [, status, seen] = await answerFrom({});
    expect([status, seen]).toEqual([0, ["1".repeat(30)]]);
  });

  test("is refused by a strict codec, and the session lives", async () => {
    const [client, status, seen] = await answerFrom({ codec: createCodec() });
    expect(status).not.toBe(0);
    expect(seen).toEqual([]);
    expect(client.state).toBe("BOUND_TRX");
    expect(client.stats()).toMatchObject({ tolerated: 0, malformed: 1 });
  });
});

test("peerVersion is what the SMSC says; towards 3.3 a TLV is refused before the writing", async () => {
  const { port } = await listen(
    { bind_transceiver: () => ({ sc_interface_version: 0x33 }) },
    // An SMSC of 3.3 would not say so in a TLV; some that speak it do all the same.
    { session: { peerVersion: 0x34 } },
  );
  const client = clientOf(port);
  expect(client.peerVersion).toBeUndefined();
  await client.connect();
  expect(client.peerVersion).toBe(0x33);
  const refused = client.submitSm({ destination_addr: "1", user_message_reference: 1 });
  await expect(refused).rejects.toMatchObject({ code: "version", written: false });
  expect((await client.submitSm({ destination_addr: "1" })).command_status).toBe(0);
});

test.each([[0], [1], [5], [0x7fffffff]])("firstSequenceNumber %i is the first", async (first) => {
  const { port, sessions } = await listen();
  const client = clientOf(port, { firstSequenceNumber: first });
  const bound = once<[{ sequence_number: number }]>(client, "bound");
  await client.connect();
  expect((await bound)[0].sequence_number).toBe(first);
  const { sequence_number } = await client.submitSm({});
  expect(sequence_number).toBe(first === 0x7fffffff ? 1 : first + 1);
  expect(sessions).toHaveLength(1);
});

test.each([[-1], [1.5], [0x80000000]])(
  "firstSequenceNumber %d is refused",
  (firstSequenceNumber) => {
    expect(() => new Client({ firstSequenceNumber })).toThrow(RangeError);
  },
);

test("vendor TLVs of a bind go out as unknown_tlvs, after every connect", async () => {
  const seen: unknown[] = [];
  const { port } = await listen({ bind_transceiver: (pdu) => void seen.push(pdu.unknown_tlvs) });
  const value = new Uint8Array([1, 2]);
  const client = clientOf(port, { bind: { ...bind, unknown_tlvs: [{ tag: 0x1501, value }] } });
  await client.connect();
  await client.disconnect();
  await client.connect();
  const tlvs = [{ tag: 0x1501, value }];
  expect(seen).toEqual([tlvs, tlvs]);
});

test("a ready stream may be paused", async () => {
  const { port } = await listen();
  const stream = connectTcp(port, "127.0.0.1").pause();
  const client = clientOf(port, { stream });
  await client.connect();
  expect(client.state).toBe("BOUND_TRX");
});

describe("clients that share a lane", () => {
  test("share its queue: what one may not send, the other does", async () => {
    const lane = new Lane({});
    const seen: string[] = [];
    const submit_sm = (pdu: { destination_addr: string }) => void seen.push(pdu.destination_addr);
    const { port, sessions } = await listen({ submit_sm });
    const [left, right] = [clientOf(port, { lane }), clientOf(port, { lane })];
    await left.connect();
    await right.connect();
    await Promise.all(
      ["1", "2", "3"].map((destination_addr) => left.submitSm({ destination_addr })),
    );
    expect(seen.sort()).toEqual(["1", "2", "3"]);
    const unbinding = left.unbind();
    await Promise.all(["4", "5"].map((destination_addr) => right.submitSm({ destination_addr })));
    await unbinding;
    expect(seen.slice(3)).toEqual(["4", "5"]);
    expect(sessions).toHaveLength(2);
  });

  test("leave what waits to those that stay; the last to go rejects it", async () => {
    const lane = new Lane({});
    const noAnswer = () => new Promise<void>(() => {});
    const { port } = await listen({ submit_sm: noAnswer });
    const [left, right] = [
      clientOf(port, { lane, window: 1 }),
      clientOf(port, { lane, window: 1 }),
    ];
    await left.connect();
    await right.connect();
    const all = Array.from({ length: 4 }, () =>
      lane.request({ command: "submit_sm" }).catch((error: unknown) => error),
    );
    await Promise.all([left.enquireLink(), right.enquireLink()]);
    expect(lane.size).toBe(2);
    await left.disconnect();
    expect(lane.size).toBe(2);
    await right.disconnect();
    const errors = await Promise.all(all);
    expect(errors.every((error) => error instanceof LinkError)).toBe(true);
    const written = errors.map((error) => error instanceof LinkError && error.written);
    expect(written.filter(Boolean)).toHaveLength(2);
  });
});

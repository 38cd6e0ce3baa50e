// What a client makes of peers: versions, broken rules, shared queues, numbers.
import { connect as connectTcp } from "node:net";
import { createCodec, encode } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import { Client, type ClientOptions, LinkError, RequestQueue } from "../src/index.ts";
import { once } from "./once.ts";
import { smscOf } from "./smsc.ts";

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
    const smsc = await smscOf();
    const seen: string[] = [];
    const callbacks = {
      deliver_sm: (pdu: { source_addr: string }) => void seen.push(pdu.source_addr),
    };
    const client = clientOf(smsc.port, { ...options, callbacks });
    await client.connect();
    const [session] = smsc.sessions;
    const stray = once<[{ command_status: number }]>(session?.session ?? client, "stray");
    session?.write(broken);
    return [client, (await stray)[0].command_status, seen];
  }

  test("is taken, counted and told", async () => {
    const problems: Error[] = [];
    const logged: object[] = [];
    const warn = (fields: object) => void logged.push(fields);
    const logger = { debug: () => {}, info: () => {}, warn, error: warn };
    const smsc = await smscOf();
    const client = clientOf(smsc.port, { logger });
    client.on("tolerated", (problem) => problems.push(problem));
    const reading = client.readOnePdu();
    await client.connect();
    smsc.sessions[0]?.write(broken);
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

  test.each([
    ["a stray NUL", "026869 00"],
    ["two stray NULs", "026869 0000"],
    ["an sm_length one too small", "016869"],
    ["an sm_length one too large", "036869"],
  ])("may have %s before its TLVs, and is handed out whole", async (_, text) => {
    const smsc = await smscOf();
    const client = clientOf(smsc.port);
    const reading = client.readOnePdu();
    await client.connect();
    const bare = encode({ command: "deliver_sm", sequence_number: 9 }).subarray(0, -1);
    const tail = `${text} 001e0003583100 0427000102`.replaceAll(" ", "");
    const octets = Buffer.concat([bare, Buffer.from(tail, "hex")]);
    octets.writeUInt32BE(octets.length);
    smsc.sessions[0]?.write(octets);
    expect(await reading).toMatchObject({
      short_message: Uint8Array.from(Buffer.from("hi")),
      receipted_message_id: "X1",
      message_state: 2,
    });
    expect(client.stats()).toMatchObject({ tolerated: 1, malformed: 0 });
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
  const smsc = await smscOf();
  // An SMSC of 3.3 would not say so in a TLV; some that speak it do all the same.
  const edit = (octets: Uint8Array) => Buffer.concat([octets.subarray(0, -1), Buffer.of(0x33)]);
  smsc.behave({ on: "bind_transceiver", script: () => [{ do: "answer", edit }] });
  const client = clientOf(smsc.port);
  expect(client.peerVersion).toBeUndefined();
  await client.connect();
  expect(client.peerVersion).toBe(0x33);
  const refused = client.submitSm({ destination_addr: "1", user_message_reference: 1 });
  await expect(refused).rejects.toMatchObject({ code: "version", written: false });
  expect((await client.submitSm({ destination_addr: "1" })).command_status).toBe(0);
});

test.each([[0], [1], [5], [0x7fffffff]])("firstSequenceNumber %i is the first", async (first) => {
  const smsc = await smscOf();
  const client = clientOf(smsc.port, { firstSequenceNumber: first });
  const bound = once<[{ sequence_number: number }]>(client, "bound");
  await client.connect();
  expect((await bound)[0].sequence_number).toBe(first);
  const { sequence_number } = await client.submitSm({ destination_addr: "1" });
  expect(sequence_number).toBe(first === 0x7fffffff ? 1 : first + 1);
  expect(smsc.sessions).toHaveLength(1);
});

test.each([[-1], [1.5], [0x80000000]])(
  "firstSequenceNumber %d is refused",
  (firstSequenceNumber) => {
    expect(() => new Client({ firstSequenceNumber })).toThrow(RangeError);
  },
);

test("vendor TLVs of a bind go out as unknown_tlvs, after every connect", async () => {
  const seen: unknown[] = [];
  const smsc = await smscOf();
  smsc.on("pdu", ({ pdu }) => {
    if (pdu?.command === "bind_transceiver") seen.push(pdu.unknown_tlvs);
  });
  const value = new Uint8Array([1, 2]);
  const client = clientOf(smsc.port, { bind: { ...bind, unknown_tlvs: [{ tag: 0x1501, value }] } });
  await client.connect();
  await client.disconnect();
  await client.connect();
  const tlvs = [{ tag: 0x1501, value }];
  expect(seen).toEqual([tlvs, tlvs]);
});

test("a ready stream may be paused", async () => {
  const { port } = await smscOf();
  const stream = connectTcp(port, "127.0.0.1").pause();
  const client = clientOf(port, { stream });
  await client.connect();
  expect(client.state).toBe("BOUND_TRX");
});

describe("clients that share a queue", () => {
  test("share its queue: what one may not send, the other does", async () => {
    const queue = new RequestQueue({});
    const seen: string[] = [];
    const smsc = await smscOf();
    smsc.on("submit", ({ to }) => seen.push(to));
    const [left, right] = [clientOf(smsc.port, { queue }), clientOf(smsc.port, { queue })];
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
    expect(smsc.sessions.at(-1)?.id).toBe(2);
  });

  test("leave what waits to those that stay; the last to go rejects it", async () => {
    const queue = new RequestQueue({});
    const smsc = await smscOf();
    smsc.behave({ fault: "ignore" });
    const [left, right] = [
      clientOf(smsc.port, { queue, window: 1 }),
      clientOf(smsc.port, { queue, window: 1 }),
    ];
    await left.connect();
    await right.connect();
    const all = Array.from({ length: 4 }, () =>
      queue.request({ command: "submit_sm" }).catch((error: unknown) => error),
    );
    await Promise.all([left.enquireLink(), right.enquireLink()]);
    expect(queue.size).toBe(2);
    await left.disconnect();
    expect(queue.size).toBe(2);
    await right.disconnect();
    const errors = await Promise.all(all);
    expect(errors.every((error) => error instanceof LinkError)).toBe(true);
    const written = errors.map((error) => error instanceof LinkError && error.written);
    expect(written.filter(Boolean)).toHaveLength(2);
  });
});

/** What an ESME meets on the wire when the message centre misbehaves. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { decode, encode, Framer, Status } from "@esme/pdu";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Behaviour, Smsc, type SmscSession } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

let smsc: Smsc;
let esme: RawEsme;

beforeEach(async () => {
  smsc = await new Smsc({ port: 0, receiptDelay: 0 }).listen();
  esme = await RawEsme.dial(smsc);
  await esme.bind();
});

afterEach(async () => {
  vi.useRealTimers();
  await smsc.close();
});

const submit = () => esme.send({ command: "submit_sm", destination_addr: "1" });
/** enquire_link is not concerned: its answer tells that all before it was dealt with. */
const settled = () => {
  esme.send({ command: "enquire_link" });
  return esme.read("enquire_link_resp");
};

test("refuse: the message is not taken", async () => {
  smsc.behave({ fault: "refuse", status: Status.ESME_RSYSERR, times: 1 });
  const answer = await esme.submit({ destination_addr: "1" });
  expect(answer.command_status).toBe(Status.ESME_RSYSERR);
  expect((await esme.submit({ destination_addr: "1" })).message_id).toBe("0000000001");
});

test("refuse: a bind leaves the session unbound", async () => {
  smsc.behave({ fault: "refuse", status: Status.ESME_RBINDFAIL, on: "bind_receiver", times: 1 });
  const other = await RawEsme.dial(smsc);
  const refused = await other.bind("bind_receiver");
  expect(refused.command_status).toBe(Status.ESME_RBINDFAIL);
  expect(smsc.sessions[1]?.session.state).toBe("OPEN");
  expect((await other.bind("bind_receiver")).command_status).toBe(Status.ESME_ROK);
});

test("ignore: neither taken nor answered", async () => {
  smsc.behave({ fault: "ignore", times: 1 });
  submit();
  await settled();
  expect(esme.unread).toEqual([]);
  expect((await esme.submit({ destination_addr: "1" })).message_id).toBe("0000000001");
});

test("lose_answer: taken, but not answered", async () => {
  const taken = once(smsc, "submit");
  smsc.behave({ fault: "lose_answer", times: 1 });
  submit();
  await taken;
  await settled();
  expect(esme.unread).toEqual([]);
  expect((await esme.submit({ destination_addr: "1" })).message_id).toBe("0000000002");
});

test("delay: the answer comes later, what is not concerned at once", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  smsc.behave({ fault: "delay", ms: 5_000 });
  submit();
  await settled();
  expect(esme.unread).toEqual([]);
  vi.advanceTimersByTime(5_000);
  expect((await esme.read("submit_sm_resp")).command_status).toBe(Status.ESME_ROK);
});

test("delay: what was waiting for a receiver comes behind the answer to its bind", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const other = await RawEsme.dial(smsc);
  const sent = smsc.deliver({ from: "1", to: "2", text: "hi", system_id: "late" });
  smsc.behave({ fault: "delay", ms: 5_000, on: "bind_receiver" });
  const told = once(smsc, "bound");
  other.send({ command: "bind_receiver", system_id: "late" });
  await told;
  await settled();
  expect(other.unread).toEqual([]);
  vi.advanceTimersByTime(5_000);
  await other.takeDelivery();
  expect(other.frames.map((frame) => frame[7])).toEqual([0x01, 0x05]);
  await sent;
});

test("reorder: the second answer overtakes the first", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  smsc.behave({ fault: "reorder" });
  const [first, second] = [submit(), submit()];
  expect((await esme.read("submit_sm_resp")).sequence_number).toBe(second);
  vi.advanceTimersByTime(50);
  expect((await esme.read("submit_sm_resp")).sequence_number).toBe(first);
});

test("duplicate: two answers, one message", async () => {
  smsc.behave({ fault: "duplicate" });
  submit();
  const answers = [await esme.read("submit_sm_resp"), await esme.read("submit_sm_resp")];
  expect(answers.map(({ message_id }) => message_id)).toEqual(["0000000001", "0000000001"]);
});

test("wrong_sequence: the answer belongs to no request", async () => {
  smsc.behave({ fault: "wrong_sequence" });
  const sent = submit();
  expect((await esme.read("submit_sm_resp")).sequence_number).toBe(sent + 0x4000_0000);
});

test("malformed: the answer cannot be decoded, the link lives", async () => {
  smsc.behave({ fault: "malformed" });
  submit();
  await settled();
  const broken = esme.frames.filter((frame) => frame[7] === 0x04);
  expect(broken).toHaveLength(1);
  expect(() => decode(broken[0] ?? new Uint8Array())).toThrow(/TLV|octets/);
});

test("cut: half an answer, then the end", async () => {
  smsc.behave({ fault: "cut" });
  const frames = esme.frames.length;
  submit();
  await esme.closed;
  expect(esme.frames).toHaveLength(frames);
  expect(esme.pending).toBe(13);
});

test("close: the end instead of an answer", async () => {
  smsc.behave({ fault: "close" });
  const gone = once(smsc, "unbound");
  submit();
  await esme.closed;
  await gone;
  expect(esme.unread).toEqual([]);
});

test("unbind: an answer, then a request to unbind", async () => {
  smsc.behave({ fault: "unbind" });
  submit();
  await esme.read("submit_sm_resp");
  const { sequence_number } = await esme.read("unbind");
  esme.send({ command: "unbind_resp", sequence_number });
  await esme.closed;
});

test("silence: nothing comes any more, the connection stays", async () => {
  smsc.behave({ fault: "silence", on: "enquire_link" });
  const seen: string[] = [];
  smsc.on("pdu", ({ pdu }) => seen.push(pdu?.command ?? ""));
  esme.send({ command: "enquire_link" });
  submit();
  const other = await RawEsme.dial(smsc);
  await other.bind();
  await other.submit({ destination_addr: "1" });
  expect(esme.unread).toEqual([]);
  expect(seen[0]).toBe("enquire_link");
  expect(smsc.sessions).toHaveLength(2);

  smsc.sessions[1]?.silence();
  other.send({ command: "enquire_link" });
  const third = await RawEsme.dial(smsc);
  await third.bind();
  expect(other.unread).toEqual([]);
});

describe("silence on a real socket", () => {
  /** Octets that a system takes for a peer that does not read: its own buffer and that of the peer. */
  const kernel = 32 << 20;

  /** Writes data_sm until the socket asks for a pause that lasts. Gives how many. */
  async function fill(socket: Socket): Promise<number> {
    const message_payload = new Uint8Array(60_000);
    let written = 0;
    while (socket.writableLength < 1 << 20) {
      const sequence_number = 10 + written++;
      socket.write(
        encode({ command: "data_sm", sequence_number, destination_addr: "1", message_payload }),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    return written;
  }

  test("what the peer writes backs up, and goes on when the silence is over", async () => {
    const socket = connect({ port: smsc.port, host: "127.0.0.1" });
    const answers = { count: 0 };
    const framer = new Framer();
    const session = await new Promise<SmscSession>((resolve) => {
      smsc.once("bound", resolve);
      socket.write(encode({ command: "bind_transceiver", sequence_number: 1, system_id: "esme" }));
    });
    await once(socket, "data");
    socket.on("data", (octets) => {
      answers.count += framer.push(octets).length;
    });
    const seen = { count: 0 };
    smsc.on("pdu", ({ direction }) => {
      if (direction === "in") seen.count++;
    });
    const end = session.silence();
    const written = await fill(socket);
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(kernel);
    const stuck = socket.writableLength;
    await settled();
    expect(socket.writableLength).toBe(stuck);
    expect(answers.count).toBe(0);
    // The one that asked whether the others are served.
    expect(seen.count).toBe(1);

    const drained = once(socket, "drain");
    end();
    await drained;
    await vi.waitFor(() => expect(answers.count).toBe(written), { timeout: 20_000 });
    socket.destroy();
  });

  test("the fault ends after `lasts`: what came meanwhile is answered in order", async () => {
    smsc.behave({ fault: "silence", on: "query_sm", lasts: 50 });
    const octets = [
      encode({ command: "submit_sm", sequence_number: 11, destination_addr: "1" }),
      encode({ command: "query_sm", sequence_number: 12, message_id: "1" }),
      encode({ command: "submit_sm", sequence_number: 13, destination_addr: "1" }),
      encode({ command: "enquire_link", sequence_number: 14 }),
    ];
    const began = performance.now();
    esme.write(Buffer.concat(octets));
    const { sequence_number } = await esme.read("enquire_link_resp");
    expect(performance.now() - began).toBeGreaterThan(40);
    expect(sequence_number).toBe(14);
    expect(esme.unread).toEqual(["submit_sm_resp", "submit_sm_resp"]);
  });
});

describe("scripts", () => {
  test("write what they like, in the order of time and list", async () => {
    const [one, two, three] = [1, 2, 3].map((number) => nack(number));
    if (one === undefined || two === undefined || three === undefined) throw new Error("no octets");
    const script: Behaviour = {
      script: () => [
        { do: "write", after: 2, octets: three },
        { do: "write", octets: one },
        { do: "write", octets: two },
      ],
    };
    smsc.behave({ ...script, times: 1 });
    submit();
    const numbers = [];
    for (let count = 0; count < 3; count++) {
      numbers.push((await esme.read("generic_nack")).sequence_number);
    }
    expect(numbers).toEqual([1, 2, 3]);
  });

  test("may answer a refusal first and the truth later", async () => {
    smsc.behave({
      script: () => [{ do: "answer", command_status: Status.ESME_RTHROTTLED }, { do: "answer" }],
    });
    submit();
    expect((await esme.read("submit_sm_resp")).command_status).toBe(Status.ESME_RTHROTTLED);
    expect((await esme.read("submit_sm_resp")).message_id).toBe("0000000001");
  });

  test("end when they are told to", async () => {
    const end = smsc.behave({ fault: "ignore" });
    submit();
    await settled();
    end();
    expect((await esme.submit({ destination_addr: "1" })).command_status).toBe(Status.ESME_ROK);
    smsc.behave({ fault: "ignore" });
    smsc.behaveWell();
    expect((await esme.submit({ destination_addr: "1" })).command_status).toBe(Status.ESME_ROK);
  });
});

function nack(sequence_number: number): Uint8Array {
  return encode({ command: "generic_nack", sequence_number });
}

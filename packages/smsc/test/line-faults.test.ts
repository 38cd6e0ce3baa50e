/** Connections that are slow, or that carry one octet at a time. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encode } from "@esme/pdu";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LineFaults } from "../src/faults/line-faults.ts";
import { Smsc } from "../src/index.ts";
import { soundLine } from "../src/wire/line.ts";
import { RawEsme } from "./raw-esme.ts";

let smsc: Smsc;

beforeEach(async () => {
  smsc = await new Smsc({ port: 0, receiptDelay: 0 }).listen();
});

afterEach(() => smsc.close());

test("slow_reading takes as long as its octets need", async () => {
  const esme = await RawEsme.dial(smsc);
  await esme.bind();
  const frame = encode({ command: "submit_sm", destination_addr: "1", sequence_number: 9 });
  const end = smsc.behave({ fault: "slow_reading", octetsPerSecond: 200, system_id: "es*" });
  const begun = performance.now();
  esme.write(frame);
  await esme.read("submit_sm_resp");
  expect(performance.now() - begun).toBeGreaterThan((frame.length / 200) * 1000 - 60);
  end();
  expect((await esme.submit({ destination_addr: "1" })).command_status).toBe(0);
});

test("slow_reading that ends lets the rest pass at once", async () => {
  const esme = await RawEsme.dial(smsc);
  await esme.bind();
  smsc.behave({ fault: "slow_reading", octetsPerSecond: 0.001 });
  const answer = esme.submit({ destination_addr: "1" });
  const other = await RawEsme.dial(smsc);
  smsc.behaveWell();
  await other.bind();
  expect((await answer).command_status).toBe(0);
});

test("segments: what is written comes octet by octet, and whole", async () => {
  const socket = connect({ port: smsc.port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const chunks = chunksOf(socket);
  smsc.behave({ fault: "segments", octets: 1 });
  socket.write(encode({ command: "bind_transceiver", system_id: "esme", sequence_number: 1 }));
  // A header, esme-smsc with its NUL, and sc_interface_version.
  const octets = await chunks.until(16 + 10 + 5);
  expect(Buffer.from(octets.subarray(0, 8)).toString("hex")).toBe("0000001f80000009");
  // The system may join some on their way.
  expect(chunks.count).toBeGreaterThan(5);
  socket.destroy();
});

test("segments: a connection that ends in between does no harm", async () => {
  const esme = await RawEsme.dial(smsc);
  await esme.bind();
  smsc.behave({ fault: "segments" });
  for (let count = 0; count < 50; count++) esme.send({ command: "enquire_link" });
  await esme.read("enquire_link_resp");
  await esme.end();
  smsc.behaveWell();
  const other = await RawEsme.dial(smsc);
  expect((await other.bind()).command_status).toBe(0);
});

test("they are listed with the others, and end by themselves or on demand", () => {
  const end = smsc.behave({ fault: "segments" });
  smsc.behave({ fault: "ignore" });
  expect(smsc.behaviours.map(({ id, behaviour }) => [id, behaviour])).toEqual([
    [2, { fault: "ignore" }],
    [1, { fault: "segments" }],
  ]);
  end();
  expect(smsc.behaviours).toHaveLength(1);
  for (const { end: endIt } of smsc.behaviours) endIt();
  expect(smsc.behaviours).toEqual([]);
});

test("of several the worst counts, for those whom they concern, while they last", () => {
  const faults = new LineFaults();
  faults.add({ fault: "slow_reading", octetsPerSecond: 100 }, 0, 1);
  faults.add({ fault: "slow_reading", octetsPerSecond: 10, system_id: "a*", for: 5 }, 0, 2);
  faults.add({ fault: "segments", octets: 2, system_id: "ab" }, 0, 3);
  expect(faults.lineOf("ab", 1)).toEqual({ octetsPerSecond: 10, segment: 2 });
  expect(faults.lineOf("ab", 5)).toEqual({ octetsPerSecond: 100, segment: 2 });
  expect(faults.lineOf("", 5)).toEqual({ ...soundLine, octetsPerSecond: 100 });
});

function chunksOf(socket: Socket) {
  const chunks: Uint8Array[] = [];
  let onChunk = () => {};
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    onChunk();
  });
  return {
    get count() {
      return chunks.length;
    },
    async until(length: number): Promise<Buffer> {
      for (;;) {
        const octets = Buffer.concat(chunks);
        if (octets.length >= length) return octets;
        await new Promise<void>((resolve) => {
          onChunk = resolve;
        });
      }
    },
  };
}

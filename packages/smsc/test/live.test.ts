/** The stream of events, as a browser reads it. */
import { Writable } from "node:stream";
import { EventStream } from "@esme/http";
import { encode } from "@esme/pdu";
import { afterEach, expect, test, vi } from "vitest";
import { Conversations } from "../src/http/views/conversations.ts";
import { Faults } from "../src/http/views/fault-list.ts";
import { Live, mostStalls } from "../src/http/views/live.ts";
import { SessionRates } from "../src/http/views/session-rates.ts";
import { Smsc, type SmscHttpOptions } from "../src/index.ts";
import { PduLog } from "../src/log/pdu-log.ts";
import { RawEsme } from "./raw-esme.ts";
import { Served } from "./served.ts";

const open: Served[] = [];

async function served(options: SmscHttpOptions = {}): Promise<Served> {
  const started = await Served.start({}, options);
  open.push(started);
  return started;
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((each) => each[Symbol.asyncDispose]()));
});

/** One event of a stream. */
interface Told {
  readonly name: string;
  readonly data: unknown;
}

/** The events of a stream, as they come. */
async function* events(server: Served, query = ""): AsyncGenerator<Told, void> {
  const response = await fetch(`${server.http.url}events?${query}`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, name = "", data] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (data !== undefined) yield { name, data: JSON.parse(data) };
    }
  }
}

/** The next event of this name. */
async function next(stream: AsyncGenerator<Told, void>, name: string): Promise<unknown> {
  for (;;) {
    const { value } = await stream.next();
    if (value === undefined) throw new Error(`the stream ended before ${name}`);
    if (value.name === name) return value.data;
  }
}

test("it begins with the state and the faults, and tells what is new", async () => {
  const server = await served();
  const stream = events(server);
  expect((await stream.next()).value).toMatchObject({ name: "state", data: { sessions: [] } });
  expect((await stream.next()).value).toEqual({ name: "faults", data: [] });
  const esme = RawEsme.join(server.smsc);
  await esme.bind();
  expect(await next(stream, "pdus")).toMatchObject({
    missed: 0,
    pdus: [{ command: "bind_transceiver" }, { command: "bind_transceiver_resp" }],
  });
  expect(await next(stream, "state")).toMatchObject({ sessions: [{ system_id: "esme" }] });
  await esme.submit({ destination_addr: "2", short_message: Buffer.from("hi") });
  expect(await next(stream, "texts")).toMatchObject([{ phone: "2", parts: 1 }]);
  server.smsc.behave({ fault: "ignore" });
  expect(await next(stream, "faults")).toMatchObject([{ fault: { fault: "ignore" } }]);
  await stream.return();
});

test("it tells the PDUs that were asked for alone", async () => {
  const server = await served();
  const stream = events(server, "errors=true");
  await stream.next();
  const esme = RawEsme.join(server.smsc);
  await esme.bind();
  await esme.submit({ destination_addr: "2" });
  await esme.submit({ destination_addr: "999911" });
  expect(await next(stream, "pdus")).toMatchObject({ pdus: [{ status: "ESME_RINVDSTADR" }] });
  await stream.return();
});

test("of very many PDUs at once it tells the latest, and how many more there were", async () => {
  const server = await served();
  const stream = events(server);
  await stream.next();
  const esme = RawEsme.join(server.smsc);
  await esme.bind();
  for (let count = 0; count < 1_000; count++) esme.send({ command: "enquire_link" });
  let seen = 0;
  let missed = 0;
  while (seen + missed < 2_002) {
    const told = Object(await next(stream, "pdus"));
    expect(told.pdus.length).toBeLessThanOrEqual(200);
    seen += told.pdus.length;
    missed += told.missed;
  }
  expect(seen + missed).toBe(2_002);
  await stream.return();
});

function liveOf(smsc: Smsc) {
  const log = new PduLog();
  const [conversations, rates, faults] = [
    new Conversations(),
    new SessionRates(),
    new Faults(smsc),
  ];
  conversations.watch(smsc);
  return { log, conversations, live: new Live({ smsc, log, conversations, rates, faults }) };
}

/** One who looks: what was written waits for `read`. */
function readerOf(live: Live) {
  const pieces: string[] = [];
  let done: (() => void) | undefined;
  const writable = new Writable({
    write: (chunk, _, then) => {
      pieces.push(String(chunk));
      done = then;
    },
    // All that waits comes in one piece, as from a socket.
    writev: (chunks, then) => {
      pieces.push(chunks.map(({ chunk }) => String(chunk)).join(""));
      done = then;
    },
  });
  live.open(new EventStream(writable, mostStalls), () => true);
  const read = (): void => {
    const then = done;
    done = undefined;
    then?.();
  };
  return { pieces, read, writable };
}

const octets = encode({ command: "submit_sm", short_message: Buffer.from("x".repeat(150)) });
const session = { id: 1, remote: "", system_id: "esme" };

test("who does not read is told nothing more and cut off in the end; the others go on", async () => {
  vi.useFakeTimers();
  const { live, log } = liveOf(new Smsc({ port: 0 }));
  const [idle, reading] = [readerOf(live), readerOf(live)];
  const destroyed = () => [idle.writable.destroyed, reading.writable.destroyed];
  const turn = async () => {
    for (let count = 0; count < 200; count++) log.add({ session, direction: "in", octets });
    await vi.advanceTimersByTimeAsync(200);
    for (let count = 0; count < 3; count++) reading.read();
  };
  for (let turns = 0; turns < 149; turns++) await turn();
  expect(idle.writable.writableLength).toBeLessThan(10_000);
  expect(destroyed()).toEqual([false, false]);
  await turn();
  expect(destroyed()).toEqual([true, false]);
  live.close();
  for (let count = 0; count < 3; count++) reading.read();
  await vi.advanceTimersByTimeAsync(0);
  expect(destroyed()).toEqual([true, true]);
  expect(vi.getTimerCount()).toBe(0);
});

test("who reads now and then is told everything but states in between, in one piece a turn", async () => {
  vi.useFakeTimers();
  const smsc = new Smsc({ port: 0 });
  const { live, log } = liveOf(smsc);
  const { pieces, read } = readerOf(live);
  read();
  read();
  let texts = 0;
  for (let turn = 0; turn < 100; turn++) {
    log.add({ session, direction: "in", octets });
    const message_id = String(++texts);
    const from = { system_id: "esme", from: "1", to: "2" };
    smsc.emit("submit", { ...from, message_id, command_status: 0 });
    await vi.advanceTimersByTimeAsync(200);
    if (turn % 10 === 9) read();
  }
  await vi.advanceTimersByTimeAsync(200);
  const events = pieces.join("").matchAll(/^event: (.*)\ndata: (.*)$/gm);
  const told = [...events].map(([, name, data = ""]) => ({ name, data: JSON.parse(data) }));
  const all = (name: string) => told.filter((event) => event.name === name);
  expect(all("texts").flatMap(({ data }) => data)).toHaveLength(100);
  expect(all("pdus").reduce((sum, { data }) => sum + data.pdus.length + data.missed, 0)).toBe(100);
  expect(all("state").length).toBeLessThanOrEqual(pieces.length);
  expect(pieces.length).toBeLessThanOrEqual(13);
  live.close();
});

test("of very many sessions the oldest are told, and the others summed up", async () => {
  const smsc = new Smsc({ port: 0 });
  const { live } = liveOf(smsc);
  const esmes = Array.from({ length: 250 }, () => RawEsme.join(smsc));
  await Promise.all(esmes.slice(0, 200).map((esme) => esme.bind()));
  const { pieces, read } = readerOf(live);
  read();
  const first = pieces.join("");
  const [, data = ""] = /^event: state\ndata: (.*)$/m.exec(first) ?? [];
  const state = JSON.parse(data);
  expect(state.sessions.map(({ id }: { id: number }) => id)).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
  expect(state.more).toEqual({ sessions: 150, bound: 100, rate: { in: 0, out: 0 } });
  expect(first.length).toBeLessThan(200_000);
  live.close();
  await smsc.close();
});

test("there are so many streams and no more", async () => {
  const server = await served();
  const aborted = new AbortController();
  const { signal } = aborted;
  const url = `${server.http.url}events`;
  const opened = await Promise.all(Array.from({ length: 50 }, () => fetch(url, { signal })));
  expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await fetch(url)).status).toBe(503);
  aborted.abort();
  await Promise.all(opened.map(({ body }) => body?.cancel().catch(() => {})));
  while ((await server.call("HEAD", "/events")).status !== 200);
});

test("closing the server ends them", async () => {
  const server = await served();
  const stream = events(server);
  await stream.next();
  await server.http.close();
  await expect(next(stream, "nothing")).rejects.toThrow();
});

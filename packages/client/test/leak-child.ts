// The process that leak.test.ts measures: `cycles 1000` or `submits 200000`, then a report.
import { getEventListeners, once } from "node:events";
import { createServer } from "node:net";
import { Client } from "@esme/client";
import { Session } from "@esme/session";

/** What is left behind: nothing, it is hoped. */
export interface Report {
  /** Work that was done, as the SMSC counted it. */
  submitted: number;
  /** Growth in octets from the end of the warm-up. */
  heap: number;
  /** Handles and timers that were not there at the beginning. */
  resources: string[];
  /** Listeners on one signal that every connect and every request was given. */
  signalListeners: number;
  /** Listeners on the client that it did not have from the beginning. */
  clientListeners: number;
  inFlight: number;
  waiting: number;
  /** Objects that live although nobody needs them: sessions of the SMSC, clients. */
  sessionsAlive: number;
  clientsAlive: number;
  /** Warnings of Node.js, such as that of too many listeners. */
  warnings: string[];
}

const WINDOW = 100;
const warnings: string[] = [];
process.on("warning", ({ message }) => warnings.push(message));

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Octets in use when there is no garbage; several turns, as finalisers run between them. */
async function settledMemory(): Promise<number> {
  if (gc === undefined) throw new Error("run it with --expose-gc");
  for (let round = 0; round < 5; round++) {
    await turn();
    gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What remains of a list when each of these is taken out once. */
function without(list: readonly string[], these: readonly string[]): string[] {
  const taken = [...these];
  return list.filter((name) => {
    const at = taken.indexOf(name);
    if (at >= 0) taken.splice(at, 1);
    return at < 0;
  });
}

const alive = (refs: readonly WeakRef<object>[]) =>
  refs.filter((ref) => ref.deref() !== undefined).length;

const bind = { mode: "transceiver", system_id: "esme", password: "secret" } as const;
const message = { destination_addr: "447937954654", short_message: Buffer.alloc(100, "a") };
const { signal } = new AbortController();

/** A link from its beginning to its end; the bind is part of connecting. */
async function cycle(client: Client): Promise<void> {
  await client.connect({ signal });
  await client.submitSm(message, { signal });
  await client.unbind();
}

/** Every cycle with one client that is used again, and with one that is forgotten. */
async function cycles(port: number, count: number, reused: Client): Promise<WeakRef<Client>[]> {
  const clients: WeakRef<Client>[] = [];
  for (let done = 0; done < count; done += 2) {
    const fresh = new Client({ host: "127.0.0.1", port, bind });
    clients.push(new WeakRef(fresh));
    await Promise.all([cycle(reused), cycle(fresh)]);
  }
  return clients;
}

async function submits(count: number, client: Client): Promise<void> {
  let left = count;
  const submit = async () => {
    while (left-- > 0) await client.submitSm(message, { signal });
  };
  await Promise.all(Array.from({ length: WINDOW }, submit));
}

async function main(kind: string | undefined, count: number): Promise<Report> {
  await turn();
  const resources = process.getActiveResourcesInfo();
  let submitted = 0;
  const sessions: WeakRef<Session>[] = [];
  const server = createServer((socket) => {
    const session = new Session(socket, { role: "smsc" });
    session.setCallbacks({ submit_sm: () => ({ message_id: String(++submitted) }) });
    sessions.push(new WeakRef(session));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const client = new Client({ host: "127.0.0.1", port, bind, window: WINDOW });
  const ownListeners = client.eventNames().length;

  const warmUp = Math.ceil(count / 5);
  let before: number;
  let after: number;
  let clients: WeakRef<Client>[] = [];
  if (kind === "cycles") {
    await cycles(port, warmUp, client);
    before = await settledMemory();
    submitted = 0;
    clients = await cycles(port, count, client);
    after = await settledMemory();
  } else {
    await client.connect({ signal });
    await submits(warmUp, client);
    before = await settledMemory();
    submitted = 0;
    await submits(count, client);
    after = await settledMemory();
    await client.unbind();
  }
  const closed = once(server, "close");
  server.close();
  await closed;
  await settledMemory();
  const { inFlight, waiting } = client.stats();
  return {
    submitted,
    heap: after - before,
    resources: without(process.getActiveResourcesInfo(), resources),
    signalListeners: getEventListeners(signal, "abort").length,
    clientListeners: client.eventNames().length - ownListeners,
    inFlight,
    waiting,
    sessionsAlive: alive(sessions),
    clientsAlive: alive(clients),
    warnings,
  };
}

const [kind, count] = process.argv.slice(2);
console.log(JSON.stringify(await main(kind, Number(count))));

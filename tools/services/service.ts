/** What a test service is, and how one is found: a variable, the default port, or a start from PATH. */
import { existsSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { delimiter, join } from "node:path";

/** A service that is up. `stop` ends it when it was started here, and does nothing otherwise. */
export interface RunningService {
  readonly url: string;
  readonly origin: "environment" | "default port" | "started";
  stop(): Promise<void>;
}

/** How one kind of service is found, started and, when it is missing, obtained. */
export interface ServiceKind {
  readonly name: string;
  /** Environment variable that overrides everything else. */
  readonly variable: "AMQP_URL" | "REDIS_URL";
  readonly defaultUrl: string;
  /** Octets that make the service talk, and the beginning of what it then says. */
  readonly greeting: { readonly send: string; readonly expect: string };
  /** One sentence: how somebody without the service gets it. */
  readonly advice: string;
  /** Starts the service on a free port, or resolves with undefined when its program is not there. */
  start(): Promise<RunningService | undefined>;
}

/** The first of: the variable's URL, a live service on the default port, one started from PATH. */
export async function findService(
  kind: ServiceKind,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RunningService | undefined> {
  const given = environment[kind.variable];
  if (given) return { url: given, origin: "environment", stop: async () => {} };
  if (await answers(kind, kind.defaultUrl))
    return { url: kind.defaultUrl, origin: "default port", stop: async () => {} };
  return kind.start();
}

/** The one line that a reader of a test report needs when a service is missing. */
export function missingLine(kind: ServiceKind): string {
  return `${kind.name} not found, tests that need it are skipped: set ${kind.variable}, or ${kind.advice}`;
}

/** True when something at the URL greets as this kind of service does. */
export function answers(
  kind: Pick<ServiceKind, "greeting">,
  url: string,
  timeout = 1000,
): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port), timeout });
    const done = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.on("connect", () => socket.write(Buffer.from(kind.greeting.send, "latin1")));
    socket.once("data", (data) => done(data.toString("latin1").startsWith(kind.greeting.expect)));
    socket.on("timeout", () => done(false));
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });
}

/** Polls until the service greets; rejects when its time is over or `exited` settles first. */
export async function untilAnswers(
  kind: Pick<ServiceKind, "name" | "greeting">,
  url: string,
  exited: Promise<unknown>,
  timeout: number,
): Promise<void> {
  const end = Date.now() + timeout;
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  while (!(await answers(kind, url))) {
    if (gone) throw new Error(`${kind.name} ended while starting at ${url}`);
    if (Date.now() > end) throw new Error(`${kind.name} did not answer at ${url} in ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object"
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}

/** The full path of a program on PATH. */
export function onPath(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
}

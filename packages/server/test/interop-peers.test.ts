// ESMEs of others bind to the server, submit, and get deliveries: Net::SMPP, npm `smpp`, Kannel.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Status } from "@esme/pdu";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ServerCallbacks, SmppServer } from "../src/index.ts";
import { once as next, serverOf, text } from "./serve.ts";

/** A server with one account that notes what is submitted, and refuses the destination 999. */
async function gateway(): Promise<{ server: SmppServer; submitted: string[] }> {
  const submitted: string[] = [];
  const callbacks: ServerCallbacks = {
    submit_sm: async ({ destination_addr, short_message }, { system_id, mode }) => {
      if (destination_addr === "999") return Status.ESME_RINVDSTADR;
      submitted.push(`${system_id} ${mode} ${destination_addr} ${Buffer.from(short_message)}`);
      return { message_id: `id-${submitted.length}` };
    },
  };
  const accounts = [{ system_id: "esme", password: "secret" }];
  return { server: await serverOf({ accounts, callbacks, retryDelay: 50 }), submitted };
}

const hello = { source_addr: "27820001001", destination_addr: "4711", ...text("yes please") };

const hasNetSmpp = spawnSync("perl", ["-MNet::SMPP", "-e", "1"]).status === 0;

test.skipIf(!hasNetSmpp)("optional: libnet-smpp-perl as an ESME of the server", async () => {
  const { server, submitted } = await gateway();
  const delivered = server.deliver("esme", hello);
  const file = fileURLToPath(new URL("data/net-smpp-esme.pl", import.meta.url));
  const args = [file, "127.0.0.1", String(server.port)];
  const child = spawn("perl", args, { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill());
  const exited = once(child, "exit");
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) lines.push(line);
  expect(await exited).toEqual([0, null]);
  expect(lines).toEqual([
    "bind_transceiver_resp 0x0e",
    "bind_transceiver_resp 0x00 esme-server 52",
    "deliver_sm 0x00 27820001001 4711 yes please",
    "submit_sm_resp 0x00 id-1",
    "submit_sm_resp 0x0b",
    "query_sm_resp 0x03",
    "generic_nack 0x03 4242",
    "enquire_link_resp 0x00",
    "unbind_resp 0x00",
  ]);
  expect(await delivered).toMatchObject({ command_status: 0 });
  expect(submitted).toEqual(["esme transceiver 27820001002 hello"]);
});

/** What is used of npm `smpp`, which has no types. */
interface NpmSession {
  on(event: string, listener: (pdu: NpmPdu) => void): void;
  send(pdu: NpmPdu): void;
  destroy(): void;
  bind_transceiver(fields: object, onResponse: (pdu: NpmPdu) => void): void;
  submit_sm(fields: object, onResponse: (pdu: NpmPdu) => void): void;
  unbind(onResponse: (pdu: NpmPdu) => void): void;
}
interface NpmPdu {
  readonly command_status: number;
  readonly message_id?: string;
  readonly short_message?: { readonly message: string };
  response(): NpmPdu;
}

test("npm smpp as an ESME of the server", async () => {
  const smpp: { connect(options: object): NpmSession } = createRequire(import.meta.url)("smpp");
  const { server, submitted } = await gateway();
  const session = smpp.connect({ host: "127.0.0.1", port: server.port });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  await new Promise<void>((resolve) => session.on("connect", () => resolve()));
  const ask = (command: "bind_transceiver" | "submit_sm", fields: object) =>
    new Promise<NpmPdu>((resolve) => session[command](fields, resolve));
  const got: unknown[] = [];
  session.on("deliver_sm", (pdu) => {
    got.push(pdu.short_message?.message);
    session.send(pdu.response());
  });
  const wrong = await ask("bind_transceiver", { system_id: "esme", password: "wrong" });
  expect(wrong.command_status).toBe(Status.ESME_RINVPASWD);
  const right = await ask("bind_transceiver", { system_id: "esme", password: "secret" });
  expect(right).toMatchObject({ command_status: 0, system_id: "esme-server" });
  await server.deliver("esme", hello);
  expect(got).toEqual(["yes please"]);
  const message = { destination_addr: "27820001002", short_message: "hello" };
  expect(await ask("submit_sm", message)).toMatchObject({ command_status: 0, message_id: "id-1" });
  const refused = await ask("submit_sm", { ...message, destination_addr: "999" });
  expect(refused.command_status).toBe(Status.ESME_RINVDSTADR);
  expect(submitted).toEqual(["esme transceiver 27820001002 hello"]);
  const unbound = await new Promise<NpmPdu>((resolve) => session.unbind(resolve));
  expect(unbound.command_status).toBe(0);
});

const boxes = ["bearerbox", "smsbox"].map((name) => `/usr/sbin/${name}`);

test.skipIf(!boxes.every((path) => existsSync(path)))(
  "optional: kannel as an ESME of the server",
  async () => {
    const { server, submitted } = await gateway();
    const texts: string[] = [];
    const web = await listenHttp(({ url = "" }) => void texts.push(url));
    const isBound = next(server, "bound");
    const kannel = await startKannel(server.port, web);
    await isBound;
    const query = "username=kannel&password=pw&from=4711&to=27820001002&text=hello+kannel";
    const answer = await fetch(`http://127.0.0.1:${kannel}/cgi-bin/sendsms?${query}`);
    expect(await answer.text()).toMatch(/Accepted for delivery/);
    await server.deliver("esme", hello);
    await expect
      .poll(() => submitted, { timeout: 10_000 })
      .toEqual(["esme transceiver 27820001002 hello kannel"]);
    await expect
      .poll(() => texts, { timeout: 10_000 })
      .toEqual(["/mo?from=27820001001&to=4711&text=yes+please"]);
  },
  60_000,
);

/** A web server of the test's; gives its port. */
async function listenHttp(onRequest: (request: IncomingMessage) => void): Promise<number> {
  const server = createServer((request, response) => {
    onRequest(request);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts Kannel as an ESME of this port, which brings texts of phones to `web`; gives its own web port. */
async function startKannel(smpp: number, web: number): Promise<number> {
  const [admin, box, port] = [await freePort(), await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), "esme-server-kannel-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "kannel.conf");
  await writeFile(
    file,
    `group = core
admin-port = ${admin}
admin-interface = 127.0.0.1
admin-password = pw
smsbox-port = ${box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-level = 4

group = smsc
smsc = smpp
smsc-id = esme
host = 127.0.0.1
port = ${smpp}
transceiver-mode = true
smsc-username = esme
smsc-password = secret
system-type = ""
interface-version = 34

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${port}
sendsms-interface = 127.0.0.1
log-level = 4

group = sendsms-user
username = kannel
password = pw

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "http://127.0.0.1:${web}/mo?from=%p&to=%P&text=%a"
`,
  );
  for (const [index, waitFor] of [box, port].entries()) {
    const child = spawn(boxes[index] ?? "", ["-v", "4", file], { stdio: "ignore", cwd: folder });
    onTestFinished(() => ended(child));
    await answering(waitFor);
  }
  return port;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** Resolves when somebody listens there. */
function answering(port: number): Promise<void> {
  return vi.waitFor(
    async () => {
      const socket = connect(port, "127.0.0.1");
      try {
        await once(socket, "connect");
      } finally {
        socket.destroy();
      }
    },
    { timeout: 15_000 },
  );
}

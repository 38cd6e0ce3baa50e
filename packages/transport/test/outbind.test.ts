/** An SMSC that calls the worker, and what is told it about whom to trust. */
import { connect } from "node:net";
import { Session } from "@esme/session";
import { expect, onTestFinished, test } from "vitest";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { prepare } from "./world.ts";

const outbind = { listen: "127.0.0.1:0", system_id: "centre", password: "hello" };

async function waiting(config: TransportConfigInput = {}) {
  const world = await prepare({ config: { outbind, bind_mode: "receiver", ...config } });
  await world.application.listen();
  await world.transport.start();
  return world;
}

/** An SMSC that dials, sends its outbind and takes any bind. */
function dial(port: number, password: string) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const session = new Session(socket, { role: "smsc" });
  const bound = new Promise((resolve) => session.once("bound", resolve));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  session.send({ command: "outbind", system_id: "centre", password });
  onTestFinished(() => session.close());
  return { session, bound, closed };
}

test("its outbind is answered by a bind, and what it then delivers is published", async () => {
  const { application, transport } = await waiting();
  const { session, bound } = dial(transport.outbindPort, "hello");
  await bound;
  await session.request({
    command: "deliver_sm",
    source_addr: "1",
    destination_addr: "2",
    short_message: Buffer.from("called"),
  });
  expect(await application.inbound.next()).toMatchObject({ content: "called" });
  await session.close();
});

test("an outbind without the right password is hung up on, and the log says so", async () => {
  const { transport, log } = await waiting();
  const { closed } = dial(transport.outbindPort, "guess");
  await closed;
  await log.until("warn", "an outbind came to nothing");
  expect(log.text()).not.toContain("guess");
});

test("nobody is dialled meanwhile, and a stop frees the port", async () => {
  const { smsc, transport } = await waiting();
  const port = transport.outbindPort;
  expect(port).toBeGreaterThan(0);
  expect(smsc.sessions).toEqual([]);
  await transport.stop();
  const socket = connect(port, "127.0.0.1");
  const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
  expect(error).toMatchObject({ code: "ECONNREFUSED" });
});

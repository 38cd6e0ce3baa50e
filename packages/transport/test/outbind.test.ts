/** An SMSC that calls the worker, and what is told it about whom to trust. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { prepare } from "./world.ts";

const outbind = { listen: "127.0.0.1:0", system_id: "centre", password: "hello" };

async function waiting(config: TransportConfigInput = {}) {
  const world = await prepare({ config: { outbind, bind_mode: "receiver", ...config } });
  await world.application.listen();
  await world.transport.start();
  const { smsc, transport } = world;
  const call = (password: string) =>
    smsc.outbind({
      host: "127.0.0.1",
      port: transport.outbindPort,
      system_id: "centre",
      password,
    });
  return { ...world, call };
}

test("its outbind is answered by a bind, and what it then delivers is published", async () => {
  const { application, call, smsc } = await waiting();
  const bound = once(smsc, "bound");
  await call("hello");
  await bound;
  await smsc.deliver({ from: "27820001001", to: "4711", text: "called" });
  expect(await application.inbound.next()).toMatchObject({ content: "called" });
});

test("an outbind without the right password is hung up on, and the log says so", async () => {
  const { call, log } = await waiting();
  const { session } = await call("guess");
  await once(session, "close");
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
  const [error] = await once(socket, "error");
  expect(error).toMatchObject({ code: "ECONNREFUSED" });
});

test("a place that is taken is named, with its key", async () => {
  const { transport } = await waiting();
  const listen = `127.0.0.1:${transport.outbindPort}`;
  const other = await prepare({ config: { outbind: { ...outbind, listen } } });
  await expect(other.transport.start()).rejects.toMatchObject({
    message: `outbind.listen: cannot listen on ${listen}: something else listens there (EADDRINUSE)`,
    code: "EADDRINUSE",
  });
});

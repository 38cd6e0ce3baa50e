import { createServer, type Server } from "node:net";
import { Session } from "@esme/session";
import { afterEach, expect, test } from "vitest";
import { Client } from "../src/index.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function listen(onSession: (session: Session) => void): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer((socket) => onSession(new Session(socket, { role: "smsc" })));
    servers.push(server);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

test("connects, binds, submits and unbinds over TCP", async () => {
  const port = await listen((session) =>
    session.setCallbacks({
      bind_transceiver: () => ({ system_id: "smsc" }),
      submit_sm: (pdu) => ({ message_id: `id-${pdu.destination_addr}` }),
    }),
  );
  const client = new Client({ host: "127.0.0.1", port });
  await client.connect();
  expect(client.state).toBe("OPEN");
  const bound = await client.bindTransceiver({ system_id: "a", password: "b" });
  expect(bound.system_id).toBe("smsc");
  const { message_id } = await client.submitSm({
    destination_addr: "123",
    short_message: Buffer.from("hello"),
  });
  expect(message_id).toBe("id-123");
  await client.unbind();
  expect(client.state).toBe("CLOSED");
});

test("comes back when the link is lost, and waiting requests survive", async () => {
  const sessions: Session[] = [];
  const port = await listen((session) => {
    sessions.push(session);
    session.setCallbacks({ submit_sm: () => ({ message_id: "1" }) });
  });
  const client = new Client({
    host: "127.0.0.1",
    port,
    bind: { mode: "transceiver", system_id: "a", password: "b" },
    reconnect: { initialDelay: 1 },
  });
  await client.connect();
  expect(client.state).toBe("BOUND_TRX");
  const closed = new Promise((resolve) => client.once("closed", resolve));
  await sessions[0]?.close();
  await closed;
  const sending = client.submitSm({ destination_addr: "1" });
  expect((await sending).message_id).toBe("1");
  await client.unbind();
  expect(sessions).toHaveLength(2);
});

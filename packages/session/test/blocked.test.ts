// A process that was blocked or frozen first reads what came in time, and then looks at the clock.
import { connect as connectSocket, createServer, type Socket } from "node:net";
import { decode, encode, Framer, responseTo } from "@esme/pdu";
import { expect, onTestFinished, test } from "vitest";
import { Session, type SessionOptions } from "../src/index.ts";
import { once } from "./connect.ts";

/** As a garbage collection, a debugger or SIGSTOP does. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * An ESME bound over TCP. Its peer answers everything at once but `unanswered`, and blocks the process
 * after the command `blocking`: then the answer lies in the ESME's socket.
 */
async function bound(
  blocking: string,
  options: Partial<SessionOptions>,
  unanswered?: string,
): Promise<Session> {
  const server = createServer((socket) => {
    const framer = new Framer();
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      for (const frame of framer.push(chunk)) answer(socket, frame);
    });
  });
  const answer = (socket: Socket, frame: Uint8Array): void => {
    const request = decode(frame);
    if (request.command !== unanswered) socket.write(encode(responseTo(request)));
    if (request.command === blocking) block(300);
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const socket = connectSocket({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  const session = new Session(socket, { role: "esme", ...options });
  onTestFinished(async () => {
    await session.close();
    await new Promise((resolve) => server.close(resolve));
  });
  await session.request({ command: "bind_transceiver", system_id: "a", password: "b" });
  return session;
}

test("an answer that came while the process was blocked is no timeout", async () => {
  const session = await bound("submit_sm", { requestTimeout: 100 });
  await expect(session.request({ command: "submit_sm" })).resolves.toMatchObject({
    command: "submit_sm_resp",
  });
});

test("a peer that answered enquire_link while the process was blocked is not silent", async () => {
  let answered = (): void => {};
  const twice = new Promise<void>((resolve) => {
    let left = 2;
    answered = () => {
      left -= 1;
      if (left === 0) resolve();
    };
  });
  const session = await bound("enquire_link", {
    enquireLinkInterval: 50,
    enquireLinkTimeout: 100,
    callbacks: { enquire_link_resp: answered },
  });
  await Promise.race([twice, once(session, "close")]);
  expect(session.state).toBe("BOUND_TRX");
});

test("without an answer it is a timeout, blocked or not", async () => {
  const session = await bound("", { requestTimeout: 100 }, "submit_sm");
  const request = session.request({ command: "submit_sm" });
  block(300);
  await expect(request).rejects.toMatchObject({ code: "response_timeout" });
});

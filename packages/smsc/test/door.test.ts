/** The HTTP server by itself: nobody may take his time for ever, nor all the places. */
import { once } from "node:events";
import type { Server } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type DoorLimits, doorFor } from "../src/http/door.ts";

const open: Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listening(limits: Partial<DoorLimits>) {
  const server = doorFor((request, response) => {
    request.resume();
    request.on("end", () => response.end("done"));
  }, limits);
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Sends this and gives everything that comes until the connection is closed. */
async function said(port: number, octets: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(octets);
  let text = "";
  socket.setEncoding("latin1").on("data", (more: string) => {
    text += more;
  });
  await once(socket, "close");
  return text;
}

const quick = { headersTimeout: 50, requestTimeout: 100, connectionsCheckingInterval: 10 };

test.each([
  ["headers that do not end", "GET / HTTP/1.1\r\nhost: a\r\n", /^HTTP\/1.1 408 /],
  [
    "a body that does not come",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc",
    /^HTTP\/1.1 408 /,
  ],
  ["nothing after an answer", "GET / HTTP/1.1\r\nhost: a\r\n\r\n", /^HTTP\/1.1 200 /],
])("%s: the connection is closed", async (_, octets, answer) => {
  const port = await listening({ ...quick, keepAliveTimeout: 10 });
  expect(await said(port, octets)).toMatch(answer);
});

test("one connection too many is closed at once", async () => {
  const port = await listening({ maxConnections: 1 });
  const first = connect(port, "127.0.0.1");
  await once(first, "connect");
  expect(await said(port, "GET / HTTP/1.1\r\nhost: a\r\n\r\n")).toBe("");
  first.destroy();
});

test("unless told otherwise it waits for half a minute at most", async () => {
  const server = doorFor(() => {});
  open.push(server);
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = server;
  expect([headersTimeout, requestTimeout, keepAliveTimeout, maxConnections]).toEqual([
    10_000, 30_000, 5_000, 1_000,
  ]);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Exchange, HttpServer, json, type Route } from "../src/http/http-server.ts";
import { RecordingLogger } from "./recording-logger.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const routes: Route[] = [
  { method: "GET", path: "/thing", handle: () => json(200, { is: "here" }) },
  { method: "POST", path: "/thing", handle: () => json(202, { is: "taken" }) },
  { method: "POST", path: "/only-post", handle: () => json(202, {}) },
  {
    method: "GET",
    path: "/broken",
    handle: () => {
      throw new Error("a bug");
    },
  },
];

async function serve(limits: ConstructorParameters<typeof HttpServer>[2] = {}) {
  const log = new RecordingLogger();
  const server = new HttpServer(routes, log, limits);
  closing.push(() => server.close());
  await server.listen({ host: "127.0.0.1", port: 0 });
  return { log, server, url: `http://127.0.0.1:${server.port}` };
}

describe("an answer", () => {
  test.each([
    ["GET", "/thing", 200, { is: "here" }],
    ["GET", "/thing?with=a&query", 200, { is: "here" }],
    ["POST", "/thing", 202, { is: "taken" }],
    ["GET", "/broken", 500, { error: "failed, see the worker's log" }],
  ])("%s %s is %i", async (method, path, status, body) => {
    const { url } = await serve();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual(body);
  });

  test("of an unknown path says which there are", async () => {
    const { url } = await serve();
    const response = await fetch(`${url}/elsewhere`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: "not found",
      paths: ["GET /thing", "POST /thing", "POST /only-post", "GET /broken"],
    });
  });

  test.each([
    ["DELETE", "/thing", "GET, HEAD, POST"],
    ["GET", "/only-post", "POST"],
    ["HEAD", "/only-post", "POST"],
  ])("of %s %s says what the path is for", async (method, path, allow) => {
    const { url } = await serve();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
  });

  test("of HEAD is that of GET without its body", async () => {
    const { url } = await serve();
    const [head, get] = await Promise.all([
      fetch(`${url}/thing`, { method: "HEAD" }),
      fetch(`${url}/thing`),
    ]);
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    expect(await head.text()).toBe("");
  });

  test.each(["//", "http://", "/%"])("of the target %s is an answer", async (target) => {
    const { server } = await serve();
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 40[04] /);
    socket.destroy();
  });

  test("of what is no HTTP is a refusal", async () => {
    const { server } = await serve();
    const socket = connect(server.port, "127.0.0.1");
    socket.write("\x00\x00\x00\x10\x00\x00\x00\x15\r\n\r\n");
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  });

  test("that fails is told in the log, not to the peer", async () => {
    const { log, url } = await serve();
    await fetch(`${url}/broken`);
    expect(log.messages("error")).toEqual(["an HTTP request failed"]);
    expect(log.text()).toContain("a bug");
  });
});

test("a request that does not come to its end is ended", async () => {
  const { server } = await serve({ headersTimeout: 50, connectionsCheckingInterval: 20 });
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GET /thing HTTP/1.1\r\nhost: x\r\n");
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 408 /);
  await once(socket, "close");
});

test("close ends connections that wait for nothing, and those that never end", async () => {
  const stalled: Route = { method: "GET", path: "/stalled", handle: () => new Promise(() => {}) };
  const server = new HttpServer([stalled], new RecordingLogger());
  await server.listen({ host: "127.0.0.1", port: 0 });
  const idle = connect(server.port, "127.0.0.1");
  const waiting = connect(server.port, "127.0.0.1");
  await Promise.all([once(idle, "connect"), once(waiting, "connect")]);
  waiting.write("GET /stalled HTTP/1.1\r\nhost: x\r\n\r\n");
  for (const socket of [idle, waiting]) socket.on("error", () => {});
  const ended = Promise.all(
    [idle, waiting].map((socket) => new Promise((resolve) => socket.on("close", resolve))),
  );
  await server.close();
  await ended;
});

describe("a socket file", () => {
  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), "esme-http-"));
    closing.push(() => rm(path, { recursive: true }));
    return path;
  }

  function get(socketPath: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath, path: "/thing" }, (response: IncomingMessage) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
      });
      request.on("error", reject).end();
    });
  }

  test("is served, and gone after close", async () => {
    const path = join(await folder(), "worker.sock");
    const server = new HttpServer(routes, new RecordingLogger());
    await server.listen({ path });
    expect(server.port).toBe(0);
    expect(await get(path)).toBe(200);
    await server.close();
    await expect(access(path)).rejects.toThrow("ENOENT");
  });

  test("that a killed process left behind is taken over", async () => {
    const path = join(await folder(), "worker.sock");
    const killed = spawn(
      process.execPath,
      ["-e", `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log())`],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    await access(path);
    const server = new HttpServer(routes, new RecordingLogger());
    closing.push(() => server.close());
    await server.listen({ path });
    expect(await get(path)).toBe(200);
  });

  test("that another process answers on is left alone", async () => {
    const path = join(await folder(), "worker.sock");
    const other = createServer((socket) => socket.end()).listen(path);
    await once(other, "listening");
    closing.push(async () => other.close());
    const server = new HttpServer(routes, new RecordingLogger());
    await expect(server.listen({ path })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await access(path);
  });

  test("is not made in the place of a file with something in it", async () => {
    const path = join(await folder(), "precious.txt");
    await writeFile(path, "kept");
    const server = new HttpServer(routes, new RecordingLogger());
    await expect(server.listen({ path })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await access(path);
  });
});

test("a port that is taken is an error of start", async () => {
  const { server } = await serve();
  const second = new HttpServer(routes, new RecordingLogger());
  await expect(second.listen({ host: "127.0.0.1", port: server.port })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});

describe("a peer", () => {
  test("that takes nothing of its answer is disconnected", async () => {
    const large = new Promise<ServerResponse>((resolve) => {
      const handle = ({ response }: Exchange) => {
        resolve(response);
        return json(200, { text: "x".repeat(30_000_000) });
      };
      const server = new HttpServer([{ method: "GET", path: "/", handle }], new RecordingLogger(), {
        timeout: 50,
      });
      closing.push(() => server.close());
      void server.listen({ host: "127.0.0.1", port: 0 }).then(() => {
        const socket = connect(server.port, "127.0.0.1").pause();
        closing.push(async () => socket.destroy());
        socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      });
    });
    await once(await large, "close");
  });

  test("finds no place when all are taken", async () => {
    const { server, url } = await serve({ maxConnections: 1 });
    const first = connect(server.port, "127.0.0.1");
    await once(first, "connect");
    await expect(fetch(`${url}/thing`)).rejects.toThrow();
    first.destroy();
    await expect
      .poll(async () => (await fetch(`${url}/thing`).catch(() => undefined))?.status)
      .toBe(200);
  });

  test("that sends requests in advance has the first one answered", async () => {
    const { server } = await serve();
    const socket = connect(server.port, "127.0.0.1");
    const request = "GET /thing HTTP/1.1\r\nhost: x\r\n\r\n";
    socket.write(request.repeat(1_000));
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
    });
    socket.on("error", () => {});
    await once(socket, "close");
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.match(/HTTP\/1\.1 \d+/g)?.slice(0, 2)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
    expect(text.match(/"is":"here"/g)).toHaveLength(1);
  });
});

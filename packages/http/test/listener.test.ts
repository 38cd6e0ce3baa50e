import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { HttpServer, json, listenerOf, type Route, readBody, readJson } from "../src/index.ts";
import { serverOf } from "./served.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const routes: Route[] = [
  { method: "GET", path: "/thing", handle: () => json(200, { is: "here" }) },
  { method: "POST", path: "/thing", handle: () => json(202, { is: "taken" }) },
  { method: "POST", path: "/only-post", handle: () => json(202, {}) },
  { method: "GET", path: "/things/known", handle: () => json(200, { is: "known" }) },
  { method: "GET", path: "/things/{id}/parts/{part}", handle: ({ places }) => json(200, places) },
  { method: "DELETE", path: "/things/{id}", handle: () => ({ status: 204, headers: {} }) },
  { method: "GET", path: "/query", handle: ({ query }) => json(200, { query }) },
  {
    method: "POST",
    path: "/json",
    handle: async ({ request }) => json(200, { given: (await readJson(request, 100)) ?? null }),
  },
  {
    method: "POST",
    path: "/octets",
    handle: async ({ request }) => json(200, { octets: (await readBody(request, 100)).length }),
  },
  {
    method: "GET",
    path: "/broken",
    handle: () => {
      throw new Error("a bug");
    },
  },
];

async function serve() {
  const { faults, server } = serverOf(routes);
  closing.push(() => server.close());
  await server.listen({ host: "127.0.0.1", port: 0 });
  return { faults, server, url: `http://127.0.0.1:${server.port}` };
}

describe("an answer", () => {
  test.each([
    ["GET", "/thing", 200, { is: "here" }],
    ["GET", "/thing?with=a&query", 200, { is: "here" }],
    ["POST", "/thing", 202, { is: "taken" }],
    ["GET", "/broken", 500, { error: "failed", code: "failed" }],
    ["GET", "/things/known", 200, { is: "known" }],
    ["GET", "/things/a%2Fb%25/parts/%E2%82%AC", 200, { id: "a/b%", part: "€" }],
    ["GET", "/query?a=1&b=%20", 200, { query: "a=1&b=%20" }],
  ])("%s %s is %i", async (method, path, status, body) => {
    const { url } = await serve();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual(body);
  });

  test.each([
    ["GET", "/elsewhere", 404, "no /elsewhere here"],
    ["GET", "/thing/", 404, "no /thing/ here"],
    ["GET", "/things//parts/1", 404, "no /things//parts/1 here"],
    ["GET", "/__proto__", 404, "no /__proto__ here"],
    ["GET", "/things/%zz/parts/1", 400, "%zz is not percent-encoded UTF-8"],
    ["PUT", "/thing", 405, "/thing takes GET, HEAD, POST, not PUT"],
    ["GET", "/things/7", 405, "/things/7 takes DELETE, not GET"],
  ])("of %s %s is %i with a sentence", async (method, path, status, error) => {
    const { url } = await serve();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
  });

  test.each(["/elsewhere", "/only-post", "/things/%zz/parts/1", "/broken"])(
    "of %s leaves the connection open",
    async (path) => {
      const { url } = await serve();
      expect((await fetch(url + path)).headers.get("connection")).toBe("keep-alive");
    },
  );

  test("without a body says so", async () => {
    const { url } = await serve();
    const response = await fetch(`${url}/things/1`, { method: "DELETE" });
    expect(response.status).toBe(204);
    expect(response.headers.has("content-length")).toBe(false);
  });

  test("to a whole URL is that to its path", async () => {
    const { server } = await serve();
    const socket = connect(server.port, "127.0.0.1");
    socket.write(
      "GET http://proxied.example/query?a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toContain('{"query":"a"}');
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

  test("that fails is told to the server, not to the peer", async () => {
    const { faults, url } = await serve();
    await fetch(`${url}/broken`);
    expect(faults).toEqual([new Error("a bug")]);
  });
});

test("a logger that throws costs the peer its connection, and nobody else", async () => {
  const failed = () => {
    throw new Error("the logger is broken");
  };
  const server = new HttpServer(
    listenerOf({ routes, headers: {}, guard: () => undefined, failed }),
  );
  closing.push(() => server.close());
  await server.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("GET /broken HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(socket, "close");
  expect((await fetch(`http://127.0.0.1:${server.port}/thing`)).status).toBe(200);
});

describe("a body", () => {
  const post = async (path: string, body: string) => {
    const { url } = await serve();
    const response = await fetch(url + path, { method: "POST", body });
    return { status: response.status, answer: await response.json() };
  };

  test.each([
    ["/json", '{"a":[1]}', { given: { a: [1] } }],
    ["/json", "", { given: null }],
    ["/octets", "x".repeat(100), { octets: 100 }],
    ["/octets", "", { octets: 0 }],
  ])("to %s: %s", async (path, body, answer) => {
    expect(await post(path, body)).toEqual({ status: 200, answer });
  });

  test.each([
    ["{", 400, /^the body is not JSON: at position 1$/],
    ['{"password":"Hunter22', 400, /^the body is not JSON: at position 21$/],
    ['{"password":', 400, /^the body is not JSON: unexpected end$/],
    ['{"password":Hunter22}', 400, /^the body is not JSON: unexpected token 'h'$/],
    ["x".repeat(101), 413, /^the body is longer than 100 octets$/],
    ["x".repeat(1 << 20), 413, /^the body is longer than 100 octets$/],
  ])("%s is refused without being quoted", async (body, status, error) => {
    const answered = await post("/json", body);
    expect(answered).toMatchObject({ status, answer: { error: expect.stringMatching(error) } });
    expect(JSON.stringify(answered)).not.toContain("Hunter22");
  });

  test("that is too long and comes without saying so is refused, and its connection closed", async () => {
    const { server } = await serve();
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    const head = "POST /octets HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write(`${head}7d0\r\n${"x".repeat(2_000)}\r\n`);
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
    });
    await once(socket, "close");
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("whose sender goes away in the middle is no fault", async () => {
    const { faults, server } = await serve();
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST /octets HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    await once(socket, "connect");
    socket.destroy();
    await once(socket, "close");
    await server.close(1_000);
    expect(faults).toEqual([]);
  });
});

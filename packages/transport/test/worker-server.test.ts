import { json, type Route } from "@esme/http";
import { afterEach, expect, test } from "vitest";
import { workerServer } from "../src/http/worker-server.ts";
import { RecordingLogger } from "./recording-logger.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const routes: Route[] = [
  { method: "GET", path: "/thing", handle: () => json(200, { is: "here" }) },
  { method: "POST", path: "/thing", handle: () => json(202, { is: "taken" }) },
  {
    method: "GET",
    path: "/broken",
    handle: () => {
      throw new Error("a bug");
    },
  },
];

async function serve() {
  const log = new RecordingLogger();
  const server = workerServer(routes, log);
  closing.push(() => server.close());
  await server.listen({ host: "127.0.0.1", port: 0 });
  return { log, url: `http://127.0.0.1:${server.port}` };
}

const paths = ["GET /thing", "POST /thing", "GET /broken"];

test.each([
  ["GET", "/elsewhere", 404, { error: "no /elsewhere here", paths }],
  ["DELETE", "/thing", 405, { error: "/thing takes GET, HEAD, POST, not DELETE", paths }],
  ["GET", "/broken", 500, { error: "failed, see the worker's log" }],
])(
  "%s %s is %i with a sentence, and with the paths that there are",
  async (method, path, status, answer) => {
    const { url } = await serve();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual(answer);
  },
);

test("what fails is told in the log, not to the peer", async () => {
  const { log, url } = await serve();
  await fetch(`${url}/broken`);
  expect(log.messages("error")).toEqual(["an HTTP request failed"]);
  expect(log.text()).toContain("a bug");
});

import { Smsc } from "@esme/smsc";
import { expect, test } from "vitest";
import { parseBind } from "../src/health.ts";
import { MemoryBroker } from "../src/memory-broker.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { RecordingLogger } from "./recording-logger.ts";

test.each([
  ["127.0.0.1:8000", { host: "127.0.0.1", port: 8000 }],
  ["[::1]:8000", { host: "::1", port: 8000 }],
  ["unix:/run/worker.sock", { path: "/run/worker.sock" }],
  ["8000", undefined],
  ["host:70000", undefined],
])("%s is where to listen", (bind, place) => {
  expect(parseBind(bind)).toEqual(place);
});

test("GET /health tells of both links, 200 when both are up, 500 when one is not", async () => {
  const smsc = new Smsc({ port: 0 });
  await smsc.listen();
  const log = new RecordingLogger();
  const transport = new SmppTransport(
    { host: "127.0.0.1", port: smsc.port, http_bind: "127.0.0.1:0" },
    { broker: new MemoryBroker(), logger: log },
  );
  await transport.start();
  const get = (path: string) => fetch(`http://127.0.0.1:${transport.httpPort}${path}`);
  const up = await get("/health");
  expect(up.status).toBe(200);
  expect(await up.json()).toEqual({
    health: "ok",
    components: { amqp: { health: "ok" }, smpp: { health: "ok", state: "BOUND_TRX" } },
  });
  expect((await get("/other")).status).toBe(404);

  const lost = log.until("warn", "not bound to the SMSC, trying again");
  await smsc.close();
  await lost;
  const down = await get("/health");
  expect(down.status).toBe(500);
  expect(await down.json()).toMatchObject({
    health: "down",
    components: { smpp: { health: "down" } },
  });
  await transport.stop();
});

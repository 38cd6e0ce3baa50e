/** The HTTP server: what it answers, and whom. */
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { SmscHttpOptions, SmscOptions } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";
import { Served } from "./served.ts";

const open: Served[] = [];

async function served(options: SmscOptions = {}, http: SmscHttpOptions = {}): Promise<Served> {
  const started = await Served.start(options, http);
  open.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each[Symbol.asyncDispose]()));
});

async function bound(server: Served): Promise<RawEsme> {
  const esme = RawEsme.join(server.smsc);
  await esme.bind();
  return esme;
}

/** The same over TCP, where closing one end closes the other. */
async function dialled(server: Served): Promise<RawEsme> {
  if (server.smsc.port === 0) await server.smsc.listen();
  const esme = await RawEsme.dial(server.smsc);
  await esme.bind();
  return esme;
}

describe("whom it lets in", () => {
  const host = "127.0.0.1:1";
  const json = { "content-type": "application/json" };

  test.each<[string, string, Record<string, string>, number]>([
    ["a program", "GET", { host }, 200],
    ["a program that calls localhost", "GET", { host: "localhost:8775" }, 200],
    ["a program that calls an address of IPv6", "GET", { host: "[::1]:8775" }, 200],
    ["a name that it was told of", "GET", { host: "simulator.test" }, 200],
    ["that name with its port", "GET", { host: "Simulator.test:8775" }, 200],
    ["that name in full", "GET", { host: "simulator.test.:8775" }, 200],
    ["a name of another site (DNS rebinding)", "GET", { host: "rebound.example" }, 403],
    ["a name that anybody may have", "GET", { host: "simulator" }, 403],
    ["a name that begins like an address", "GET", { host: "127.0.0.1.example" }, 403],
    [
      "its own page",
      "GET",
      { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" },
      200,
    ],
    ["its own page behind a proxy", "GET", { host, origin: `https://${host}` }, 200],
    ["a page of another port", "GET", { host, origin: "http://127.0.0.1:2" }, 403],
    ["a page of another site", "GET", { host, origin: "https://example.com" }, 403],
    ["a page without an origin", "GET", { host, origin: "null" }, 403],
    ["an image on another site", "GET", { host, "sec-fetch-site": "cross-site" }, 403],
    ["a form of another site", "POST", { host, "content-type": "text/plain" }, 415],
    ["a form without a type", "POST", { host }, 415],
    ["a script of another site", "POST", { host, origin: "https://example.com", ...json }, 403],
    ["its own page, writing", "POST", { host, origin: `http://${host}`, ...json }, 201],
    ["a deletion without a type", "DELETE", { host }, 415],
    ["a deletion", "DELETE", { host, ...json }, 204],
  ])("%s", async (_, method, headers, status) => {
    const server = await served({}, { hosts: ["simulator.test"] });
    const body = method === "POST" ? '{"fault":"ignore"}' : undefined;
    const answered = await server.call(method, "/api/faults", body, headers);
    expect(answered.status).toBe(status);
    if (status > 400) expect(answered.json).toEqual({ error: expect.any(Object) });
    expect(server.smsc.behaviours).toHaveLength(status === 201 ? 1 : 0);
  });

  test("a link on another site opens the page", async () => {
    const server = await served();
    const answered = await server.call("GET", "/", undefined, {
      host,
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    });
    expect(answered.status).toBe(200);
  });

  test("its preflights are not answered as other sites would need", async () => {
    const server = await served();
    const headers = {
      host,
      origin: "https://example.com",
      "access-control-request-method": "POST",
    };
    const answered = await server.call("OPTIONS", "/api/faults", undefined, headers);
    expect(answered.status).toBe(403);
    expect(answered.headers).not.toHaveProperty("access-control-allow-origin");
  });
});

describe("what does not fit", () => {
  test.each<[string, string, string | undefined, number, string]>([
    ["GET", "/api/nothing", undefined, 404, "no /api/nothing here: see /openapi.json"],
    ["PUT", "/api/faults", "{}", 405, "/api/faults takes GET, HEAD, POST, DELETE, not PUT"],
    ["POST", "/", "{}", 405, "/ takes GET, HEAD, not POST"],
    ["POST", "/api/texts", "{", 400, "the body is not JSON: at position 1"],
    ["POST", "/api/texts", "", 400, "it: missing, expected a mapping"],
    ["POST", "/api/texts", '{"from":"1","to":"2"}', 400, "text or octets, one of them"],
    [
      "POST",
      "/api/texts",
      '{"from":"1","to":"2","text":"x","colour":1}',
      400,
      'there is no key "colour", keys are from, to, text',
    ],
    ["POST", "/api/texts", '{"from":"1","to":"2","text":"ab","parts":3}', 422, "parts is 3"],
    ["POST", "/api/texts", `"${"x".repeat(1 << 20)}"`, 413, "longer than 1048576 octets"],
    ["POST", "/api/texts", '{"to":"2","text":"x"}', 400, "from: missing, expected text"],
    [
      "POST",
      "/api/texts",
      '{"from":"","to":"2","text":"x"}',
      400,
      "from: expected 1 to 20 characters",
    ],
    ["POST", "/api/phones/1/power", '{"on":1}', 400, "on: expected true or false, got 1"],
    ["POST", "/api/outbind", '{"port":0}', 400, "port: expected a number from 1, got 0"],
    [
      "POST",
      "/api/outbind",
      '{"port":1,"password":"123456789"}',
      400,
      "password: expected 0 to 8 characters from U+0001 to U+00FF, got an",
    ],
    [
      "POST",
      "/api/alerts",
      '{"source_addr":"\\u0430","esme_addr":"4711"}',
      400,
      "source_addr: expected 1 to 64 characters from U+0001 to U+00FF",
    ],
    [
      "POST",
      "/api/texts",
      '{"from":"1\\u0000","to":"2","text":"x"}',
      400,
      "from: expected 1 to 20 characters from U+0001 to U+00FF",
    ],
    [
      "POST",
      "/api/outbind",
      '{"port":1,"system_id":"\\u0430"}',
      400,
      "system_id: expected 0 to 15",
    ],
    ["GET", "/api/texts?direction=x", undefined, 400, "expected one of to_phone, from_phone, got"],
    ["POST", "/api/faults", '{"fault":"nonsense"}', 400, "fault: expected one of throttle, "],
    ["POST", "/api/faults", '{"fault":"refuse","status":"ESME_NONE"}', 400, "status: expected"],
    ["POST", "/api/faults", '{"__proto__":{"fault":"ignore"}}', 400, '"__proto__"'],
    [
      "POST",
      "/api/faults",
      '{"fault":"ignore","where":{"__proto__":"1"}}',
      400,
      "where: there is no key",
    ],
    ["POST", "/api/texts", '{"from":"1","to":"2","text":"x","__proto__":{}}', 400, '"__proto__"'],
    ["POST", "/api/phones/1/power", '{"on":false,"__proto__":1}', 400, '"__proto__"'],
    ["GET", "/api/texts?__proto__=1", undefined, 400, '"__proto__"'],
    ["DELETE", "/api/faults/7", undefined, 404, "no fault 7 in force"],
    ["GET", "/api/pdus?limit=0", undefined, 400, "limit: expected an integer from 1 to 1000"],
    ["GET", "/api/pdus?limt=3", undefined, 400, 'there is no key "limt", did you mean limit?'],
    ["GET", "/api/pdus/seven", undefined, 400, "id: expected an integer from 0"],
    ["GET", "/api/pdus/7", undefined, 404, "no PDU 7 in the log: it is empty"],
    ["GET", "/api/texts?wait=61", undefined, 400, "wait: expected seconds, from 0 to 60"],
    ["GET", "/api/texts/7", undefined, 404, "no text 7"],
    ["GET", "/api/phones/%zz/texts", undefined, 400, "%zz"],
    ["POST", "/api/sessions/7/unbind", undefined, 404, "no session 7: none is connected"],
    ["POST", "/api/alerts", '{"source_addr":"1","esme_addr":"2"}', 409, "no receiver is bound"],
  ])("%s %s %s", async (method, path, body, status, message) => {
    const server = await served();
    const answered = await server.call(method, path, body);
    expect(answered.json).toMatchObject({ error: { message: expect.stringContaining(message) } });
    expect(answered.status).toBe(status);
  });
});

describe("what is made to do harm is refused in few words, and is no error of the server", () => {
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const keys = Array.from({ length: 80_000 }, (_, index) => `"k${index}":1`);

  test.each<[string, string, string, string | undefined, number, RegExp]>([
    ["nested lists", "POST", "/api/texts", `{"text":${nested}}`, 400, /no more than 64 levels/],
    ["nested alone", "POST", "/api/faults", nested, 400, /no more than 64 levels/],
    ["very many keys", "POST", "/api/texts", `{${keys}}`, 400, /"k0".*\n(.*\n)+and \d+ more$/],
    ["a long key", "POST", "/api/texts", `{"${"x".repeat(1e6)}":1}`, 400, /"x+"\.\.\. \(1,000,000/],
    [
      "a long value",
      "POST",
      "/api/outbind",
      `{"port":"${"9".repeat(1e6)}"}`,
      400,
      /got "9+"\.\.\./,
    ],
    ["no JSON", "POST", "/api/texts", `{"text":${"x".repeat(1e6)}`, 400, /the body is not JSON/],
    ["a long path", "GET", `/${"x".repeat(10_000)}`, undefined, 404, /x\.\.\. \(10,001 characters/],
    ["a long id", "GET", `/api/pdus/${"9".repeat(10_000)}`, undefined, 400, /id: expected/],
    [
      "a long number",
      "GET",
      `/api/phones/${"9".repeat(10_000)}/power`,
      undefined,
      400,
      /at most 255/,
    ],
  ])("%s", async (_, method, path, body, status, message) => {
    const errors: unknown[] = [];
    const ignore = () => {};
    const error = (fields: object) => errors.push(fields);
    const server = await served(
      {},
      { logger: { debug: ignore, info: ignore, warn: ignore, error } },
    );
    const answered = await server.call(method, path, body);
    expect(answered.json).toMatchObject({ error: { message: expect.stringMatching(message) } });
    expect(answered.status).toBe(status);
    expect(answered.text.length).toBeLessThan(4_500);
    expect(errors).toEqual([]);
  });

  test("long headers are told short", async () => {
    const server = await served();
    for (const header of ["host", "origin"]) {
      const headers = { host: "127.0.0.1", [header]: "x".repeat(5_000) };
      const answered = await server.call("GET", "/api/state", undefined, headers);
      expect(answered.status).toBe(403);
      expect(answered.text.length).toBeLessThan(1_000);
    }
  });

  test("a password in the wrong place is not told", async () => {
    const server = await served();
    for (const body of [
      { port: 1, pasword: "Hunter22" },
      { port: 1, password: { is: "Hunter22" } },
      { port: 1, password: "Hunter22Hunter22" },
    ]) {
      const answered = await server.post("/api/outbind", body);
      expect(answered.status).toBe(400);
      expect(answered.text).not.toContain("Hunter22");
    }
  });
});

describe("lists are cut, and go on", () => {
  /** What lists go on with. */
  interface Told {
    readonly id: number;
    readonly text: number;
    readonly last: { readonly id: number };
  }

  /** All of a list, page by page; `next` gives the query for what follows. */
  async function pages(server: Served, path: string, next: (page: readonly Told[]) => string) {
    const found: unknown[][] = [];
    for (let query = ""; ; ) {
      const { json } = await server.get(`${path}${query}`);
      if (!Array.isArray(json) || json.length === 0) return found;
      found.push(json);
      query = next(json);
    }
  }

  test("texts that are long come a megabyte at a time", async () => {
    const server = await served();
    const esme = await bound(server);
    const message_payload = Buffer.alloc(60_000, "x");
    for (let count = 0; count < 20; count++) {
      esme.send({ command: "data_sm", source_addr: "1", destination_addr: "2", message_payload });
      await esme.read("data_sm_resp");
    }
    expect((await server.get("/api/texts?state=shown&wait=5&after=19")).json).toHaveLength(1);
    const found = await pages(server, "/api/texts?limit=2000", ([first]) => `&before=${first?.id}`);
    expect(found.length).toBeGreaterThan(2);
    const ids = found.reverse().flatMap((page) => page.map((text) => Object(text).id));
    expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test("phones, receipts and sessions", async () => {
    const server = await served();
    const esme = await bound(server);
    for (const destination_addr of ["1", "2", "3", "4", "5"]) {
      await esme.submit({ source_addr: "9", destination_addr, registered_delivery: 1 });
      await esme.takeDelivery();
    }
    for (let count = 0; count < 4; count++) RawEsme.join(server.smsc);
    const phones = await pages(server, "/api/phones?limit=2", (page) => {
      return `&before=${page.at(-1)?.last.id}`;
    });
    const numbers = phones.map((page) => page.map((phone) => Object(phone).number));
    expect(numbers).toEqual([["5", "4"], ["3", "2"], ["1"]]);
    const receipts = await pages(
      server,
      "/api/receipts?limit=2",
      ([first]) => `&before=${first?.text}`,
    );
    const about = receipts.map((page) => page.map((receipt) => Object(receipt).phone));
    expect(about).toEqual([["4", "5"], ["2", "3"], ["1"]]);
    const sessions = await pages(server, "/api/sessions?limit=2", (page) => {
      return `&after=${page.at(-1)?.id}`;
    });
    expect(sessions.map((page) => page.map((session) => Object(session).id))).toEqual([
      [1, 2],
      [3, 4],
      [5],
    ]);
  });
});

test("the page and its files are served, with a policy that lets nothing else in", async () => {
  const server = await served();
  const page = await server.get("/");
  expect(page.text).toContain("<title>esme-smsc</title>");
  expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
  const files = [...page.text.matchAll(/(?:src|href)="([^"#]+\.\w+)"/g)].map(([, name]) => name);
  expect(files).toEqual(expect.arrayContaining(["main.js", "page.css", "icon.svg"]));
  for (const file of files) expect((await server.get(`/${file}`)).status).toBe(200);
  expect((await server.get("/../package.json")).status).toBe(404);
  expect((await server.call("HEAD", "/page.css")).text).toBe("");
});

test("the state tells who is connected, and a session can be ended", async () => {
  const server = await served({ accounts: [{ system_id: "esme", password: "secret" }] });
  const esme = await dialled(server);
  expect((await server.get("/api/state")).json).toMatchObject({
    system_id: "esme-smsc",
    sessions: [
      { id: 1, system_id: "esme", mode: "transceiver", version: "3.4", state: "BOUND_TRX" },
    ],
  });
  const accounts = await server.get("/api/accounts");
  expect(accounts.json).toEqual([{ system_id: "esme", maxSessions: null }]);
  expect((await server.post("/api/sessions/1/unbind")).status).toBe(202);
  const { sequence_number } = await esme.read("unbind");
  esme.send({ command: "unbind_resp", sequence_number });
  await esme.closed;
  const other = await dialled(server);
  expect((await server.post("/api/sessions/2/close")).status).toBe(204);
  await other.closed;
  expect((await server.get("/api/sessions")).json).toEqual([]);
});

test("without accounts everybody may bind: null", async () => {
  const server = await served();
  expect((await server.get("/api/accounts")).json).toBeNull();
});

describe("texts", () => {
  test("what an ESME submits is seen on the phone, with its receipts", async () => {
    const server = await served();
    const esme = await bound(server);
    const waiting = server.get("/api/phones/27820001001/texts?state=shown&wait=20");
    const { message_id } = await esme.submit({
      source_addr: "4711",
      destination_addr: "27820001001",
      short_message: Buffer.from("hello"),
      registered_delivery: 1,
    });
    expect((await waiting).json).toMatchObject([
      { phone: "27820001001", other: "4711", text: "hello", parts: 1, message_ids: [message_id] },
    ]);
    await esme.takeDelivery();
    expect((await server.get("/api/receipts")).json).toMatchObject([
      { message_id, stat: "DELIVRD", phone: "27820001001", system_id: "esme" },
    ]);
    expect((await server.get("/api/phones")).json).toMatchObject([
      { number: "27820001001", texts: 1, last: { text: "hello" } },
    ]);
  });

  test("a refused one is seen with its reason", async () => {
    const server = await served();
    const esme = await bound(server);
    await esme.submit({ destination_addr: "27820999911" });
    expect((await server.get("/api/texts")).json).toMatchObject([
      { state: "refused", reason: "ESME_RINVDSTADR", phone: "27820999911" },
    ]);
  });

  test("a phone sends one: queued, then taken", async () => {
    const server = await served();
    const text = { from: "27820001001", to: "4711", text: "yes" };
    const queued = await server.post("/api/texts", text);
    expect(queued).toMatchObject({ status: 202, json: { id: 1, state: "queued", parts: 1 } });
    const esme = await bound(server);
    const sent = server.post("/api/texts?wait=20", { ...text, text: "x".repeat(200) });
    for (let part = 0; part < 3; part++) await esme.takeDelivery();
    expect((await sent).json).toMatchObject({ state: "taken", parts: 2 });
    expect((await server.get("/api/texts/1")).json).toMatchObject({ state: "taken" });
  });

  test("one that an ESME refuses has failed, and says why", async () => {
    const server = await served();
    const esme = await bound(server);
    const sent = server.post("/api/texts?wait=20", { from: "1", to: "2", octets: "00ff" });
    const { short_message } = await esme.takeDelivery(0x65);
    expect([...short_message]).toEqual([0x00, 0xff]);
    expect((await sent).json).toMatchObject({ state: "failed", reason: "ESME_RX_P_APPN" });
  });

  test("waiting ends when its time is over", async () => {
    const server = await served();
    expect((await server.get("/api/texts?wait=0.05")).json).toEqual([]);
  });

  test("they can be forgotten", async () => {
    const server = await served();
    await server.post("/api/texts", { from: "1", to: "2", text: "x" });
    expect((await server.delete("/api/texts")).status).toBe(204);
    expect((await server.get("/api/texts")).json).toEqual([]);
  });
});

describe("faults", () => {
  test("one is put in force as it would be by behave, listed as it was given, and ended", async () => {
    const server = await served();
    const esme = await bound(server);
    const fault = { fault: "refuse", status: "ESME_RTHROTTLED", every: 2, for: "10m" };
    const added = await server.post("/api/faults", fault);
    expect(added).toMatchObject({ status: 201, json: { id: 1, fault, acted: 0 } });
    const statuses = [];
    for (let count = 0; count < 4; count++) {
      statuses.push((await esme.submit({ destination_addr: "1" })).command_status);
    }
    expect(statuses).toEqual([0, 0x58, 0, 0x58]);
    const listed = await server.get("/api/faults");
    expect(listed.json).toEqual([{ id: 1, fault, asked: 4, acted: 2 }]);
    expect((await server.delete("/api/faults/1")).status).toBe(204);
    expect((await esme.submit({ destination_addr: "1" })).command_status).toBe(0);
  });

  test("those of a program are listed, too", async () => {
    const server = await served();
    server.smsc.behave({ fault: "throttle", perSecond: 5, for: 60_000 });
    server.smsc.behave({ script: () => [], where: () => true });
    server.smsc.behave({ fault: "segments", octets: 3 });
    const { json } = await server.get("/api/faults");
    expect(json).toMatchObject([
      { fault: { fault: "script", where: "a function" } },
      { fault: { fault: "throttle", per_second: 5, for: 60 } },
      { fault: { fault: "segments", octets: 3 } },
    ]);
    await server.delete("/api/faults");
    expect(server.smsc.behaviours).toEqual([]);
  });
});

describe("phones", () => {
  test("one that is off gets its texts when it is on again", async () => {
    const server = await served();
    const esme = await bound(server);
    const power = "/api/phones/27820001001/power";
    expect((await server.post(power, { on: false })).json).toEqual({ on: false });
    await esme.submit({ destination_addr: "27820001001", short_message: Buffer.from("later") });
    expect((await server.get(power)).json).toEqual({ on: false });
    expect((await server.get("/api/texts")).json).toMatchObject([{ state: "accepted", text: "" }]);
    const shown = once(server.smsc, "message");
    await server.post(power, { on: true });
    await shown;
    expect((await server.get("/api/texts")).json).toMatchObject([
      { state: "shown", text: "later" },
    ]);
  });

  test("an ESME can be told of one", async () => {
    const server = await served();
    const esme = await bound(server);
    const alert = { source_addr: "27820001001", esme_addr: "4711", system_id: "esme" };
    expect((await server.post("/api/alerts", alert)).status).toBe(204);
    expect(await esme.read("alert_notification")).toMatchObject({ source_addr: "27820001001" });
  });
});

describe("PDUs", () => {
  test("each is listed, explained, and given as digits", async () => {
    const server = await served();
    const esme = await bound(server);
    await esme.submit({
      source_addr: "4711",
      destination_addr: "27820001001",
      short_message: Buffer.from("hello"),
    });
    const { json } = await server.get("/api/pdus");
    expect(json).toMatchObject([
      {
        id: 1,
        direction: "in",
        command: "bind_transceiver",
        about: expect.stringContaining("esme"),
      },
      { id: 2, direction: "out", command: "bind_transceiver_resp", system_id: "esme" },
      { id: 3, command: "submit_sm", session: 1, about: "4711 → 27820001001 “hello”" },
      { id: 4, command: "submit_sm_resp", about: "id 0000000001", is_error: false },
    ]);
    const explained = await server.get("/api/pdus/3");
    expect(explained.json).toMatchObject({ text: "hello", remarks: [] });
    const fields = expect.arrayContaining([
      { name: "short_message", start: 48, end: 53, value: "68656c6c6f", meaning: '"hello"' },
    ]);
    expect(explained.json).toMatchObject({ fields });
    const { text, headers } = await server.get("/api/pdus/3/hex");
    expect(headers["content-type"]).toBe("text/plain");
    expect(explained.json).toMatchObject({ hex: text.trim() });
  });

  test("they can be filtered, and paged through", async () => {
    const server = await served();
    const esme = await bound(server);
    await esme.submit({ destination_addr: "1" });
    await esme.submit({ destination_addr: "999911" });
    const commands = async (query: string) => {
      const { json } = await server.get(`/api/pdus?${query}`);
      return Array.isArray(json) ? json.map(({ id, command }) => `${id} ${command}`) : json;
    };
    expect(await commands("errors=true")).toEqual(["6 submit_sm_resp"]);
    expect(await commands("command=submit_sm&limit=2")).toEqual([
      "5 submit_sm",
      "6 submit_sm_resp",
    ]);
    expect(await commands("command=submit_sm&before=5")).toEqual([
      "3 submit_sm",
      "4 submit_sm_resp",
    ]);
    expect(await commands("after=5")).toEqual(["6 submit_sm_resp"]);
    expect(await commands("session=2")).toEqual([]);
    await server.delete("/api/pdus");
    expect(await commands("")).toEqual([]);
  });

  test("no password is in the log, however the bind is malformed", async () => {
    const server = await served();
    const esme = await bound(server);
    const bind = Buffer.from("0000001f00000009000000000000000765736d6500736563726574", "hex");
    esme.write(Buffer.concat([bind, Buffer.from("6162", "hex"), Buffer.from([0x63, 0x64])]));
    await esme.read("bind_transceiver_resp").catch(() => {});
    const { json } = await server.get("/api/pdus?limit=3");
    const pages = await Promise.all([1, 3].map((id) => server.get(`/api/pdus/${id}`)));
    for (const { text } of pages) {
      expect(text).not.toContain(Buffer.from("secret").toString("hex"));
      expect(text).toContain("2a2a2a2a2a2a");
      expect(text).not.toContain("secret");
    }
    expect(json).toHaveLength(3);
    expect((await server.get("/api/pcap")).text).not.toContain("secret");
  });

  test("without a log there are none", async () => {
    const server = await served({}, { log: false });
    await bound(server);
    expect((await server.get("/api/pdus")).json).toEqual([]);
    expect(server.smsc.listenerCount("pdu")).toBe(0);
  });
});

test("it lets go of the message centre when it is closed, and has no address then", async () => {
  const server = await served();
  expect(server.http.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  await server.http.close();
  expect(server.http.url).toBe("");
  expect(server.smsc.eventNames()).toEqual([]);
});

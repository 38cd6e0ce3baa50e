/** Who may bind: accounts, onBind, and what neither of them can harm. */
import { Status, statusName } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import type { BindAttempt, BindDecision } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";
import { bound, deferred, once, serverOf } from "./serve.ts";

const accounts = [
  { system_id: "esme", password: "secret" },
  { system_id: "single", password: "secret", maxSessions: 1 },
  { system_id: "closed", password: "secret", maxSessions: 0 },
];

describe("accounts", () => {
  test.each([
    ["esme", "secret", "ESME_ROK"],
    ["esme", "wrong", "ESME_RINVPASWD"],
    ["esme", "", "ESME_RINVPASWD"],
    ["esme", "secret1", "ESME_RINVPASWD"],
    ["nobody", "secret", "ESME_RINVSYSID"],
    ["", "secret", "ESME_RINVSYSID"],
    ["closed", "secret", "ESME_RALYBND"],
  ])("%s with the password %s is answered %s", async (system_id, password, expected) => {
    const esme = await RawEsme.connect(await serverOf({ accounts }));
    expect(statusName((await esme.bind(system_id, password)) ?? -1)).toBe(expected);
  });

  test("one session more than an account may have is refused, until one ends", async () => {
    const server = await serverOf({ accounts });
    const first = await RawEsme.connect(server);
    const second = await RawEsme.connect(server);
    expect(await first.bind("single")).toBe(Status.ESME_ROK);
    expect(await second.bind("single")).toBe(Status.ESME_RALYBND);
    const gone = once(server, "unbound");
    first.stream.destroy();
    await gone;
    expect(await second.bind("single")).toBe(Status.ESME_ROK);
  });

  test("a session that has unbound counts no more, though its connection is open", async () => {
    const server = await serverOf({ accounts });
    const first = await RawEsme.connect(server);
    expect(await first.bind("single")).toBe(Status.ESME_ROK);
    first.send({ command: "unbind", sequence_number: 2 });
    expect(await first.next()).toMatchObject({ command: "unbind_resp" });
    expect(server.sessions).toHaveLength(1);
    expect(await (await RawEsme.connect(server)).bind("single")).toBe(Status.ESME_ROK);
  });

  test("maxSessionsPerAccount is for accounts that say nothing", async () => {
    const server = await serverOf({ accounts, maxSessionsPerAccount: 1 });
    const esmes = await Promise.all([1, 2].map(() => RawEsme.connect(server)));
    const statuses = await Promise.all(esmes.map((esme) => esme.bind("esme")));
    expect(statuses.sort((a = 0, b = 0) => a - b)).toEqual([0, Status.ESME_RALYBND]);
    expect(server.stats()).toMatchObject({ sessions: 2, bound: 1, refusedBinds: 1 });
  });
});

describe("onBind", () => {
  test("gets what there is to know", async () => {
    const seen: BindAttempt[] = [];
    const server = await serverOf({
      onBind: (attempt) => {
        seen.push(attempt);
        return true;
      },
    });
    await bound(server, { system_id: "esme", password: "secret", mode: "receiver" });
    expect(seen).toEqual([
      {
        system_id: "esme",
        password: "secret",
        mode: "receiver",
        remoteAddress: "127.0.0.1",
        tls: undefined,
        pdu: expect.objectContaining({ command: "bind_receiver", interface_version: 0x34 }),
        session: server.sessions[0],
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  test.each<[string, BindDecision, string]>([
    ["true", true, "ESME_ROK"],
    ["false", false, "ESME_RBINDFAIL"],
    ["0", 0, "ESME_ROK"],
    ["a status", Status.ESME_RINVPASWD, "ESME_RINVPASWD"],
    ["a limit", { maxSessions: 1 }, "ESME_ROK"],
    ["no limit", { maxSessions: undefined }, "ESME_ROK"],
    ["a limit of 0", { maxSessions: 0 }, "ESME_RALYBND"],
  ])("%s, at once or later, is a decision", async (_, decision, expected) => {
    for (const onBind of [() => decision, async () => decision]) {
      const esme = await RawEsme.connect(await serverOf({ onBind }));
      expect(statusName((await esme.bind()) ?? -1)).toBe(expected);
    }
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "yes"],
    ["no number", Number.NaN],
    ["a number below 0", -1],
    ["a part of a number", 0.5],
    ["a row of a database", { system_id: "esme" }],
    ["a limit that is no number", { maxSessions: "3" }],
    ["a limit below 0", { maxSessions: -1 }],
  ])("%s is none: the bind is refused and the error reported", async (_, decision) => {
    const server = await serverOf({ onBind: () => decision as BindDecision });
    const reported = once(server, "error");
    const esme = await RawEsme.connect(server);
    expect(await esme.bind()).toBe(Status.ESME_RSYSERR);
    expect(await reported).toMatchObject([{ name: "TypeError" }, server.sessions[0]]);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("no database");
      },
      Status.ESME_RSYSERR,
    ],
    [
      "rejects",
      async () => {
        throw new Error("no database");
      },
      Status.ESME_RSYSERR,
    ],
    [
      "throws a status",
      () => {
        throw Object.assign(new Error("no database"), { command_status: 0x58 });
      },
      0x58,
    ],
  ])("that %s refuses the bind; the session and the server go on", async (_, fail, expected) => {
    let count = 0;
    const server = await serverOf({ onBind: () => (count++ === 0 ? fail() : true) });
    const reported = once(server, "error");
    const esme = await RawEsme.connect(server);
    expect(await esme.bind()).toBe(expected);
    expect(await reported).toMatchObject([{ message: "no database" }, server.sessions[0]]);
    expect(await esme.bind()).toBe(Status.ESME_ROK);
  });

  test("that never answers is given up, and hears of it", async () => {
    const signals: AbortSignal[] = [];
    const never = deferred<boolean>();
    const server = await serverOf({
      onBindTimeout: 20,
      onBind: ({ system_id, signal }) => {
        signals.push(signal);
        return system_id === "slow" ? never.promise : true;
      },
    });
    const reported = once(server, "error");
    const esme = await RawEsme.connect(server);
    expect(await esme.bind("slow")).toBe(Status.ESME_RSYSERR);
    expect(await reported).toMatchObject([{ code: "on_bind_timeout" }, server.sessions[0]]);
    expect(signals[0]?.reason).toMatchObject({ code: "on_bind_timeout" });
    never.resolve(true);
    expect(await esme.bind("quick")).toBe(Status.ESME_ROK);
    expect(signals[1]?.aborted).toBe(false);
    expect(server.sessions[0]?.system_id).toBe("quick");
  });

  test("hears when the ESME is gone, and takes no place for it", async () => {
    const asked = deferred<AbortSignal>();
    const answer = deferred<BindDecision>();
    const server = await serverOf({
      // Who hangs up was not refused.
      maxRefusedBindsPerAddress: 1,
      onBind: ({ system_id, signal }) => {
        if (system_id === "other") return { maxSessions: 1 };
        asked.resolve(signal);
        return answer.promise;
      },
    });
    const errors: unknown[] = [];
    server.on("error", (error) => errors.push(error));
    const esme = await RawEsme.connect(server);
    esme.send({ command: "bind_transceiver", sequence_number: 1, system_id: "esme" });
    const signal = await asked.promise;
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    esme.stream.destroy();
    await aborted;
    answer.resolve({ maxSessions: 1 });
    expect(await (await RawEsme.connect(server)).bind("other")).toBe(Status.ESME_ROK);
    expect(server.stats()).toMatchObject({ bound: 1 });
    expect(errors).toEqual([]);
  });

  test("may be asked for the same account at one time: no more are bound than may be", async () => {
    const all = deferred<BindDecision>();
    let asked = 0;
    const server = await serverOf({
      onBind: () => {
        if (++asked === 5) all.resolve({ maxSessions: 2 });
        return all.promise;
      },
    });
    const esmes = await Promise.all([1, 2, 3, 4, 5].map(() => RawEsme.connect(server)));
    const statuses = await Promise.all(esmes.map((esme) => esme.bind("esme")));
    expect(statuses.filter((status) => status === Status.ESME_ROK)).toHaveLength(2);
    expect(statuses.filter((status) => status === Status.ESME_RALYBND)).toHaveLength(3);
    expect(server.stats().bound).toBe(2);
  });

  test("a second bind on a connection waits for nothing and is refused", async () => {
    const answer = deferred<boolean>();
    const server = await serverOf({ onBind: () => answer.promise });
    const esme = await RawEsme.connect(server);
    const bind = { command: "bind_transceiver", system_id: "esme" } as const;
    esme.send({ ...bind, sequence_number: 1 }, { ...bind, sequence_number: 2 });
    expect(await esme.next()).toMatchObject({ sequence_number: 2, command_status: 5 });
    answer.resolve(true);
    expect(await esme.next()).toMatchObject({ sequence_number: 1, command_status: 0 });
  });
});

test("passwords stand in no line of the log and in no error", async () => {
  const lines: string[] = [];
  const line = (fields: object, message: string) =>
    lines.push(
      JSON.stringify(fields, (_, value) => (value instanceof Error ? value.stack : value)) +
        message,
    );
  const logger = { debug: line, info: line, warn: line, error: line };
  const server = await serverOf({
    accounts: [{ system_id: "esme", password: "hidden1" }],
    logger,
    logPdus: "content",
  });
  server.on("error", (error) => lines.push(String(error.stack)));
  const esme = await RawEsme.connect(server);
  await esme.bind("esme", "hidden2");
  await esme.bind("esme", "hidden1");
  expect(lines.join("\n")).toContain("a bind was refused");
  expect(lines.join("\n")).toContain('"system_id":"esme"');
  expect(lines.join("\n")).not.toMatch(/hidden\d/);
});

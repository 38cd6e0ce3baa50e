/** What the conformance run says about ESMEs that do something wrong. */
import { decode } from "@esme/pdu";
import { afterEach, describe, expect, test } from "vitest";
import { type ConformanceReport, reportText, runConformance } from "../src/index.ts";
import { type EsmeHabits, type Flaw, FlawedEsme } from "./flawed-esme.ts";

const running: FlawedEsme[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((esme) => esme.stop()));
});

/** A run against an ESME with these habits. */
function checkedWith(habits: Omit<EsmeHabits, "port">): Promise<ConformanceReport> {
  return runConformance({
    port: 0,
    answerWithin: 300,
    watch: 600,
    reconnectWithin: 1_000,
    onListening: (port) => running.push(new FlawedEsme({ port, ...habits })),
  });
}

const wrongOf = ({ findings }: ConformanceReport) =>
  findings.filter(({ verdict }) => verdict === "wrong").map(({ says }) => says);

/** Deals with the frames of one command. */
function of(command: string, change: Flaw): Flaw {
  return (frame) => (commandOf(frame) === command ? change(frame) : [frame]);
}

function commandOf(frame: Buffer): string {
  return decode(frame).command;
}

test("an ESME that does all of it right", async () => {
  const report = await checkedWith({ every: 20, long: true });
  expect(wrongOf(report)).toEqual([]);
  expect(report).toMatchObject({ ok: true, system_id: "checked" });
  const right = report.findings.filter(({ verdict }) => verdict === "right");
  expect(new Set(right.map(({ check }) => check))).toEqual(
    new Set([
      "bind",
      "enquire_link",
      "deliver_sm",
      "deliver_sm_resp",
      "unknown_tlv",
      "unknown_command",
      "malformed_pdu",
      "survives",
      "throttled",
      "unbind",
      "reconnects",
      "sequence_numbers",
      "udhi",
      "parts",
    ]),
  );
  expect(reportText(report)).toMatch(/^right {5}it binds with .*\[SMPP 3.4, 5.2.4\]$/m);
  expect(reportText(report)).toMatch(/checked: 0 wrong, \d+ right, 0 not seen\n$/);
});

test("one that sends nothing: what could not be seen is said so", async () => {
  const report = await checkedWith({});
  expect(report.ok).toBe(true);
  const unseen = report.findings.filter(({ verdict }) => verdict === "not seen");
  expect(unseen.map(({ check }) => check)).toEqual(["throttled", "udhi"]);
});

test("a transmitter gets no deliver_sm", async () => {
  const report = await checkedWith({ mode: "bind_transmitter" });
  expect(wrongOf(report)).toEqual([]);
  expect(reportText(report)).toContain("it is bound as transmitter alone");
});

describe("flaws", () => {
  const sliced = (length: number) => (frame: Buffer) => {
    const shorter = Buffer.from(frame.subarray(0, length));
    shorter.writeUInt32BE(shorter.length, 0);
    return [shorter];
  };
  const renumbered = (change: (sequence: number) => number) => (frame: Buffer) => {
    frame.writeUInt32BE(change(frame.readUInt32BE(12)), 12);
    return [frame];
  };

  test.each<[string, Omit<EsmeHabits, "port">, RegExp]>([
    [
      "interface_version as a decimal number",
      { interface_version: 34 },
      /interface_version is 0x22, the decimal number 34: version 3.4 is 0x34/,
    ],
    [
      "enquire_link is not answered",
      { flaw: of("enquire_link_resp", () => []) },
      /enquire_link is answered not within 600 ms/,
    ],
    [
      "a short deliver_sm_resp",
      { flaw: of("deliver_sm_resp", sliced(16)) },
      /deliver_sm_resp has 16 octets: expected 17/,
    ],
    [
      "a wrong sequence number in deliver_sm_resp",
      {
        flaw: of(
          "deliver_sm_resp",
          renumbered((sequence) => sequence + 1),
        ),
      },
      /deliver_sm is answered with another sequence_number/,
    ],
    [
      "an unknown command is ignored",
      { flaw: of("generic_nack", () => []) },
      /an unknown command gets no answer: expected generic_nack/,
    ],
    [
      "an unknown TLV is refused",
      {
        flaw: of("deliver_sm_resp", (frame) => {
          frame.writeUInt32BE(0xc2, 8);
          return [frame];
        }),
      },
      /a deliver_sm with an unknown TLV is answered with ESME_ROPTPARNOTALLWD|0xC2|ESME_R/,
    ],
    [
      "UDHI is missing",
      {
        long: true,
        flaw: of("submit_sm", (frame) => {
          const flag = frame.indexOf("27820001001\0", 16, "latin1") + 12;
          frame.writeUInt8(frame.readUInt8(flag) & ~0x40, flag);
          return [frame];
        }),
      },
      /esm_class lacks UDHI \(0x40\): phones show the header as text/,
    ],
    [
      "a part is lost",
      {
        long: true,
        flaw: of("submit_sm", (frame) =>
          frame.includes(Buffer.from([5, 0, 3])) &&
          frame[frame.indexOf(Buffer.from([5, 0, 3])) + 5] === 2
            ? []
            : [frame],
        ),
      },
      /a text of \d parts is incomplete/,
    ],
    [
      "sequence number 0",
      {
        every: 30,
        flaw: of(
          "submit_sm",
          renumbered(() => 0),
        ),
      },
      /sequence_number 0 is used: the range is 1 to 0x7FFFFFFF/,
    ],
    [
      "it does not slow down",
      { every: 10, pauseWhenThrottled: 10 },
      /it does not slow down when throttled: \d+ submissions a second before/,
    ],
    ["unbind is not answered", { flaw: of("unbind_resp", () => []) }, /unbind is not answered/],
    [
      "it does not come back",
      { reconnects: false },
      /it does not come back after an unbind, within 1\.\d s/,
    ],
    [
      "a response that answers nothing is answered",
      { answersStrays: true },
      /a response that answers nothing is itself answered, with generic_nack/,
    ],
  ])("%s", async (_, habits, says) => {
    const report = await checkedWith(habits);
    expect(report.ok).toBe(false);
    expect(wrongOf(report)).toContainEqual(expect.stringMatching(says));
  });
});

test("nobody comes", async () => {
  const report = await runConformance({ port: 0, connectWithin: 20 });
  expect(report).toMatchObject({ ok: false, system_id: "" });
  expect(wrongOf(report)).toEqual(["nobody bound in time"]);
  expect(reportText(report)).toContain("the ESME: 1 wrong");
});

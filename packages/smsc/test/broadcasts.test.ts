/** Broadcasts by themselves: what is kept of them, and how they are found. */
import { decode, encode, type PduInputOf, Status } from "@esme/pdu";
import { expect, test } from "vitest";
import { Broadcasts } from "../src/life/broadcasts.ts";
import { Slices } from "../src/structures/slices.ts";

function broadcastsWith(limits: { limit?: number; octets?: number } = {}) {
  let ids = 0;
  const reports: { octets: Uint8Array }[] = [];
  const broadcasts = new Broadcasts({
    limit: 100,
    octets: 1 << 20,
    ...limits,
    validity: 60_000,
    messageId: () => String(++ids),
    slices: new Slices(),
    onBroadcast: (report) => reports.push(report),
  });
  return { broadcasts, reports };
}

const area = Uint8Array.of(0, 1);

/** As it comes from the wire: a view into a large chunk. */
function received(fields: Omit<PduInputOf<"broadcast_sm">, "command"> = {}) {
  const octets = encode({
    broadcast_area_identifier: [area],
    broadcast_content_type: Uint8Array.of(0, 0, 0),
    broadcast_rep_num: 1,
    broadcast_frequency_interval: Uint8Array.of(8, 0, 0),
    ...fields,
    command: "broadcast_sm",
  });
  const chunk = new Uint8Array(1 << 16);
  chunk.set(octets, 1_000);
  const pdu = decode(chunk.subarray(1_000, 1_000 + octets.length));
  if (pdu.command !== "broadcast_sm") throw new Error("encoded one thing and decoded another");
  return pdu;
}

function asked<C extends "query_broadcast_sm" | "cancel_broadcast_sm">(command: C, fields: object) {
  const pdu = decode(encode({ ...fields, command }));
  if (pdu.command !== "query_broadcast_sm" && pdu.command !== "cancel_broadcast_sm") {
    throw new Error("encoded one thing and decoded another");
  }
  return pdu;
}

function query({ broadcasts }: ReturnType<typeof broadcastsWith>, fields: object, who = "esme") {
  const pdu = asked("query_broadcast_sm", fields);
  return pdu.command === "query_broadcast_sm" ? broadcasts.query(pdu, who) : undefined;
}

function cancel({ broadcasts }: ReturnType<typeof broadcastsWith>, fields: object, who = "esme") {
  const pdu = asked("cancel_broadcast_sm", fields);
  return pdu.command === "cancel_broadcast_sm" ? broadcasts.cancel(pdu, who) : undefined;
}

test("nothing that is kept or told is a view into what it came in", () => {
  const given = broadcastsWith();
  given.broadcasts.submit(received({ message_payload: Buffer.from("storm") }), "esme");
  const [report] = given.reports;
  expect(report?.octets.buffer.byteLength).toBe(5);
  const answer = query(given, { message_id: "1" });
  const areas =
    typeof answer === "object" && "broadcast_area_identifier" in answer
      ? (answer.broadcast_area_identifier ?? [])
      : [];
  expect(areas.map(({ buffer }) => buffer.byteLength)).toEqual([2]);
});

test("the oldest go when the areas of all take more octets than they may", () => {
  const given = broadcastsWith({ octets: 1_000 });
  const areas = Array.from({ length: 200 }, () => area);
  for (let count = 0; count < 4; count++) {
    given.broadcasts.submit(received({ broadcast_area_identifier: areas }), "esme");
  }
  const found = ["1", "2", "3", "4"].filter(
    (message_id) => query(given, { message_id }) !== Status.ESME_RBCASTQUERYFAIL,
  );
  expect(found).toEqual(["3", "4"]);
});

test("one that is replaced again and again is kept once", () => {
  const given = broadcastsWith({ limit: 2 });
  given.broadcasts.submit(received(), "esme");
  for (let count = 0; count < 10; count++) {
    given.broadcasts.submit(received({ message_id: "1" }), "esme");
  }
  given.broadcasts.submit(received(), "esme");
  expect(query(given, { message_id: "1" })).toMatchObject({ message_id: "1" });
  given.broadcasts.submit(received(), "esme");
  expect(query(given, { message_id: "1" })).toBe(Status.ESME_RBCASTQUERYFAIL);
});

test("a user_message_reference is the account's own", () => {
  const given = broadcastsWith();
  given.broadcasts.submit(received({ user_message_reference: 7 }), "other");
  given.broadcasts.submit(received({ user_message_reference: 7 }), "esme");
  expect(query(given, { user_message_reference: 7 })).toMatchObject({ message_id: "2" });
  expect(query(given, { user_message_reference: 7 }, "other")).toMatchObject({ message_id: "1" });
  expect(query(given, { user_message_reference: 8 })).toBe(Status.ESME_RBCASTQUERYFAIL);
});

test("all of a source and a service_type are cancelled at once, and once", () => {
  const given = broadcastsWith();
  for (const source_addr of ["1", "1", "2"]) {
    given.broadcasts.submit(received({ source_addr }), "esme");
  }
  expect(cancel(given, { source_addr: "1" }, "other")).toBe(Status.ESME_RBCASTCANCELFAIL);
  expect(cancel(given, { source_addr: "1" })).toBe(0);
  expect(cancel(given, { source_addr: "1" })).toBe(Status.ESME_RBCASTCANCELFAIL);
  expect(cancel(given, { message_id: "3" })).toBe(0);
});

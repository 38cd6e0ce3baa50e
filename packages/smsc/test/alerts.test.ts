import { decode, encode, type PduOf } from "@esme/pdu";
import { expect, test } from "vitest";
import { Alerts } from "../src/life/alerts.ts";

function dataSm(phone: string, esme: string): PduOf<"data_sm"> {
  const pdu = decode(
    encode({
      command: "data_sm",
      sequence_number: 1,
      destination_addr: phone,
      source_addr: esme,
    }),
  );
  if (pdu.command !== "data_sm") throw new Error("no data_sm");
  return pdu;
}

const owed = (alerts: Alerts, phone: string) =>
  alerts.take(phone).map(({ system_id, pdu }) => [system_id, pdu.source_addr, pdu.esme_addr]);

test("each ESME that asked is told once that the phone is there again", () => {
  const alerts = new Alerts();
  alerts.request(dataSm("1", "4711"), "one");
  alerts.request(dataSm("2", "4711"), "one");
  alerts.request(dataSm("1", "4712"), "two");
  alerts.request(dataSm("1", "4711"), "one");
  expect(alerts.count).toBe(3);
  expect(owed(alerts, "1")).toEqual([
    ["one", "1", "4711"],
    ["two", "1", "4712"],
  ]);
  expect(alerts.count).toBe(1);
  expect(owed(alerts, "1")).toEqual([]);
  expect(owed(alerts, "2")).toEqual([["one", "2", "4711"]]);
});

test("10,000 are owed at most, and the oldest are forgotten", () => {
  const alerts = new Alerts();
  for (let esme = 0; esme < 10_002; esme++) {
    alerts.request(dataSm(esme % 2 === 0 ? "even" : "odd", String(esme)), "one");
  }
  expect(alerts.count).toBe(10_000);
  expect(owed(alerts, "even").slice(0, 2)).toEqual([
    ["one", "even", "2"],
    ["one", "even", "4"],
  ]);
  expect(owed(alerts, "odd")[0]).toEqual(["one", "odd", "3"]);
  expect(alerts.count).toBe(0);
});

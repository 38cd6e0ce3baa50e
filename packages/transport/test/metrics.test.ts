import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Client } from "@esme/client";
import { Status } from "@esme/pdu";
import { onPath } from "@esme/services/find";
import { describe, expect, test } from "vitest";
import { type MetricRow, metricTable } from "../src/metrics/metric-table.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { registryOf } from "../src/status/metrics-registry.ts";
import type { Snapshot } from "../src/status/snapshot.ts";
import { alertRules, metricRows } from "../tools/metric-docs.ts";

const stats = new Client({ window: 7 }).stats();
const links = [{ ...stats, host: "smsc", port: 2775, mode: "transceiver" as const }];

const rows: [string, MetricRow][] = Object.entries(metricTable);

function snapshot(fields: Partial<Snapshot> = {}): Snapshot {
  return {
    links: [],
    queue: { waiting: 0, rate: Number.POSITIVE_INFINITY },
    brokerConnected: true,
    brokerBlocked: undefined,
    brokerNode: undefined,
    brokerNodes: [],
    stores: [],
    inHand: 0,
    paused: [],
    stopping: false,
    ...fields,
  };
}

/** The lines of one metric, without its comments. */
async function lines(metrics: Metrics, name: string, state = snapshot()): Promise<string[]> {
  const page = await registryOf(metrics, state).metrics();
  return page.split("\n").filter((line) => line.startsWith(name));
}

describe("the table of metrics", () => {
  test.each(rows)("%s has a name as Prometheus has them", (name, { type, help }) => {
    expect(name).toMatch(/^(esme|process)(_[a-z]+)+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(help).not.toMatch(/[|\n]/);
  });

  test("is what the page shows, all of it and nothing else", async () => {
    const page = await registryOf(new Metrics(), snapshot()).metrics();
    const shown = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    expect(shown).toEqual(rows.map(([name, { type }]) => [name, type]));
  });
});

test("a new metric is one row: the README's table and the alert rules have it", () => {
  const row: MetricRow = {
    type: "counter",
    labels: ["why"],
    counts: ["late"],
    help: "What is new",
    alert: { name: "New", expr: "increase(esme_new_total[5m]) > 0" },
  };
  const table = { ...metricTable, esme_new_total: row };
  expect(metricRows(table)).toBe(
    `${metricRows()}\n| \`esme_new_total\` | counter | \`why\` | What is new | New |`,
  );
  expect(alertRules(table).replace(alertRules().trimEnd(), "")).toContain("alert: EsmeNew");
});

test("a counter of the worker's own is on the page from the start, with each value of its label", async () => {
  const page = await registryOf(new Metrics(), snapshot()).metrics();
  for (const [name, { counts = [], labels }] of rows) {
    for (const value of counts) {
      expect(page).toContain(
        labels.length > 0 ? `${name}{${labels[0]}="${value}"} 0` : `${name} 0`,
      );
    }
  }
});

describe("made from the table of metrics (npm run generate):", () => {
  const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
  const read = (name: string) => readFileSync(path(name), "utf8");

  test("the README's table", () => {
    expect(read("README.md")).toContain(metricRows());
  });

  test("the alerts", () => {
    expect(read("alerts.yaml")).toBe(alertRules());
  });

  test.each(
    rows.flatMap(([name, { alert, labels }]) =>
      alert === undefined ? [] : [[name, alert.expr, labels] as const],
    ),
  )("the alert of %s asks for what is there", (name, expr, labels) => {
    const asked = expr.match(/\b(?:esme|process)_\w+/g) ?? [];
    const known = asked.map((word) => word.replace(/_bucket$/, ""));
    expect(new Set(known)).toEqual(new Set([name]));
    const used = [...expr.matchAll(/(\w+)(?:!?=~?)"/g)].map(([, label]) => label);
    expect(labels).toEqual(expect.arrayContaining(used));
  });

  test.runIf(onPath("promtool"))("optional: promtool, which takes page and alerts", async () => {
    const metrics = new Metrics();
    metrics.settled(3);
    const page = await registryOf(metrics, snapshot({ links })).metrics();
    const check = (input: string, ...words: string[]) =>
      spawnSync("promtool", ["check", ...words], { input, encoding: "utf8" });
    expect(check(page, "metrics")).toMatchObject({ status: 0, stderr: "" });
    expect(check("", "rules", path("alerts.yaml"))).toMatchObject({ status: 0 });
  });
});

test("each node of the broker has its series: 1 for the one in use, 0 for the others", async () => {
  const node = "rabbit2:5672";
  const nodes = ["rabbit1:5672", node];
  const at = { brokerNode: node, brokerNodes: nodes };
  expect(await lines(new Metrics(), "esme_broker_node", snapshot(at))).toEqual([
    'esme_broker_node{node="rabbit1:5672"} 0',
    'esme_broker_node{node="rabbit2:5672"} 1',
  ]);
});

describe("counters", () => {
  test("are there before anything has happened", async () => {
    expect(await lines(new Metrics(), "esme_receipts_total")).toEqual([
      'esme_receipts_total{outcome="matched"} 0',
      'esme_receipts_total{outcome="late"} 0',
      'esme_receipts_total{outcome="repeated"} 0',
      'esme_receipts_total{outcome="unmatched"} 0',
    ]);
  });

  test("count parts, messages and events", async () => {
    const metrics = new Metrics();
    metrics.taken(false);
    metrics.taken(true);
    metrics.submitted(3);
    metrics.eventPublished("ack");
    expect(await lines(metrics, "esme_outbound_parts_total")).toEqual([
      "esme_outbound_parts_total 3",
    ]);
    expect(await lines(metrics, "esme_outbound_messages_total")).toEqual([
      'esme_outbound_messages_total{redelivered="false"} 1',
      'esme_outbound_messages_total{redelivered="true"} 1',
    ]);
    expect(await lines(metrics, "esme_events_total")).toContain(
      'esme_events_total{event_type="ack"} 1',
    );
  });

  test("have no more status names than the standard, whatever a peer sends", async () => {
    const metrics = new Metrics();
    for (let status = 0; status < 100_000; status++) metrics.answered(status);
    const found = await lines(metrics, "esme_submit_responses_total");
    expect(found.length).toBeLessThanOrEqual(Object.keys(Status).length + 1);
    expect(found).toContain('esme_submit_responses_total{command_status="ESME_RTHROTTLED"} 1');
    expect(found.find((line) => line.includes('"vendor"'))).toBeDefined();
  });
});

test("every reason for a pause has its own series", async () => {
  const state = snapshot({ paused: ["stop", "store"] });
  expect(await lines(new Metrics(), "esme_outbound_paused", state)).toEqual([
    'esme_outbound_paused{reason="smpp"} 0',
    'esme_outbound_paused{reason="stop"} 1',
    'esme_outbound_paused{reason="throttled"} 0',
    'esme_outbound_paused{reason="store"} 1',
    'esme_outbound_paused{reason="rate"} 0',
  ]);
});

describe("of a link", () => {
  test("exactly one state is 1", async () => {
    const found = await lines(new Metrics(), "esme_smpp_link_state", snapshot({ links }));
    expect(found.filter((line) => line.endsWith(" 1"))).toEqual([
      'esme_smpp_link_state{bind="0",state="CLOSED"} 1',
    ]);
  });

  test("the window is told", async () => {
    expect(await lines(new Metrics(), "esme_smpp_window", snapshot({ links }))).toContain(
      'esme_smpp_window{bind="0"} 7',
    );
  });
});

test("a histogram is cumulative and in seconds", async () => {
  const metrics = new Metrics();
  for (const milliseconds of [0.5, 40, 70_000]) metrics.settled(milliseconds);
  const found = await lines(metrics, "esme_outbound_seconds");
  expect(found).toContain('esme_outbound_seconds_bucket{le="0.001"} 1');
  expect(found).toContain('esme_outbound_seconds_bucket{le="0.05"} 2');
  expect(found).toContain('esme_outbound_seconds_bucket{le="60"} 2');
  expect(found).toContain('esme_outbound_seconds_bucket{le="+Inf"} 3');
  expect(found).toContain("esme_outbound_seconds_count 3");
  expect(found).toContain("esme_outbound_seconds_sum 70.0405");
});

/** What is generated from the table of metrics: the README's rows, and alert rules for Prometheus. */
import { stringify } from "yaml";
import { type MetricRow, metricTable } from "../src/metrics/metric-table.ts";

/** The table, or one like it. */
type Table = Readonly<Record<string, MetricRow>>;

/** The README's table: one row for each metric. */
export function metricRows(table: Table = metricTable): string {
  const heading = ["| metric | type | labels | meaning | alert |", "|---|---|---|---|---|"];
  const body = Object.entries(table).map(([name, { type, labels, help, alert }]) => {
    const given = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${given} | ${cell(help)} | ${alert?.name ?? ""} |`;
  });
  return [...heading, ...body].join("\n");
}

/** A rule file: one alert for each metric that has one. */
export function alertRules(table: Table = metricTable): string {
  const rules = Object.entries(table).flatMap(([name, { help, alert }]) =>
    alert === undefined
      ? []
      : [
          {
            alert: `Esme${alert.name}`,
            expr: alert.expr,
            ...(alert.for && { for: alert.for }),
            annotations: { summary: `${name}: ${help}` },
          },
        ],
  );
  const head =
    "# Made by npm run generate from the table of metrics; thresholds are to start from.\n";
  return head + stringify({ groups: [{ name: "esme-transport", rules }] }, { lineWidth: 0 });
}

function cell(text: string): string {
  return text.replaceAll(/<(\w+)>/g, "`<$1>`");
}

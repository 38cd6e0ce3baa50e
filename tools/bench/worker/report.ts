/** How the benches of the worker say what they measured: tables, the middle of all rounds, promises. */
import { availableParallelism, cpus, loadavg } from "node:os";

const ROUNDS = 3;

/** ESME_BENCH_SCALE=0.1 is a look at whether all of it runs; its figures are worth nothing. */
export const scale = Number(process.env["ESME_BENCH_SCALE"] ?? 1);

export function scaled(count: number): number {
  return Math.round(count * scale);
}

export function row(...cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

export function head(...cells: readonly string[]): void {
  row(...cells);
  row(...cells.map(() => "---"));
}

/** Says whether a promise was kept; one that was not makes the program end with 1. */
export function verdict(kept: boolean): string {
  if (!kept) process.exitCode = 1;
  return kept ? "ok" : "MISSED";
}

export function perSecond(rate: number): string {
  return Math.round(rate).toLocaleString("en");
}

/** What the figures are from: Node.js, the cores, and what else they do. */
export function machine(): string {
  const load = loadavg()[0]?.toFixed(1);
  const cores = `${availableParallelism()} cores, ${cpus()[0]?.model.trim()}`;
  return `Node ${process.version}, ${cores}, load ${load} at the start`;
}

/** In the middle of all rounds, each figure for itself; contenders take turns. */
export async function medians<Key extends string>(
  contenders: ReadonlyMap<string, () => Promise<Readonly<Record<Key, number>>>>,
): Promise<ReadonlyMap<string, Readonly<Record<Key, number>>>> {
  const rounds = new Map([...contenders.keys()].map((name) => [name, [] as Record<Key, number>[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of contenders) rounds.get(name)?.push(await run());
  }
  return new Map([...rounds].map(([name, figures]) => [name, middleOf(figures)]));
}

function middleOf<Key extends string>(
  figures: readonly Readonly<Record<Key, number>>[],
): Record<Key, number> {
  const [first] = figures;
  if (first === undefined) throw new Error("a contender without figures");
  // `Object.keys` does not say which keys; they are those of every round.
  const keys = Object.keys(first) as Key[];
  const entries = keys.map((key) => [key, middle(figures.map((figure) => figure[key]))] as const);
  return Object.fromEntries(entries) as Record<Key, number>;
}

export function middle(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** What the command line names, or all. */
export function chosen<T>(all: ReadonlyMap<string, T>): readonly T[] {
  const wanted = process.argv.slice(2);
  const strange = wanted.filter((name) => !all.has(name));
  if (strange.length > 0) {
    throw new Error(`${strange}: expected some of ${[...all.keys()].join(", ")}`);
  }
  return [...all]
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .map(([, table]) => table);
}

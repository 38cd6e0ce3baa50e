/** The regular expressions of these packages take linear time, whatever they are given. */
import { readdirSync, readFileSync } from "node:fs";
import { analyse } from "scslre";
import * as ts from "typescript";
import { expect, test } from "vitest";

const folders = ["../src/", "../../messages/src/", "../../receipts/src/"].map(
  (path) => new URL(path, import.meta.url),
);

const patterns = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => literalsIn(readFileSync(new URL(file, folder), "utf8"))),
);

function literalsIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest));
  return found;
}

test.each([...new Set(patterns)])("%s takes linear time", (literal) => {
  const end = literal.lastIndexOf("/");
  const { reports } = analyse({ source: literal.slice(1, end), flags: literal.slice(end + 1) });
  expect(reports.map(({ type }) => type)).toEqual([]);
});

test("there are patterns to look at", () => {
  expect(patterns.length).toBeGreaterThan(20);
});

/** The table of options in the README, from their rows and the comments above these. */
import ts from "typescript";
import { snakeCase } from "../src/input/keys.ts";
import type { SettingRow } from "../src/input/option-row.ts";

type Rows = Readonly<Record<string, SettingRow<unknown>>>;

/** A line for each row: its name, how scenarios call it, its default, what it is. */
export function optionTable(rows: Rows, source: string): string {
  const comments = commentsIn(source);
  const lines = Object.entries(rows).map(([name, row]) => {
    const { says, fallback } = wordsOf(comments.get(name) ?? "");
    const key = keyOf(name, row);
    return `| \`${name}\` | ${key} | ${fallback} | ${says} |`;
  });
  return ["| option | in scenarios | default | |", "|---|---|---|---|", ...lines].join("\n");
}

function keyOf(name: string, { inFiles }: SettingRow<unknown>): string {
  if (inFiles === false) return "";
  return `\`${inFiles?.key ?? snakeCase(name)}\``;
}

/** What stands in a comment, with the default apart, which is its end. */
function wordsOf(comment: string): { says: string; fallback: string } {
  const [, says = comment, fallback = ""] = /^(.*?)\s*Default:? (.*)\.$/s.exec(comment) ?? [];
  return { says: says.replaceAll("|", "\\|"), fallback };
}

/** The doc comments of all keys of all objects in a source, by the key; each on one line. */
function commentsIn(source: string): ReadonlyMap<string, string> {
  const file = ts.createSourceFile("options.ts", source, ts.ScriptTarget.Latest, true);
  const comments = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) {
      const [doc] = ts.getJSDocCommentsAndTags(node);
      const comment = doc === undefined ? undefined : ts.getTextOfJSDocComment(doc.comment);
      if (comment !== undefined) comments.set(node.name.text, comment.replace(/\s+/g, " "));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return comments;
}

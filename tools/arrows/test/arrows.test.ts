import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { violations } from "../arrows.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function repository(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "esme-arrows-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test.each([
  ["packages/client/src/client.ts", 'import { Session } from "@esme/session";'],
  ["packages/client/src/text/send-text.ts", 'export { x } from "@esme/sm-split";'],
  ["packages/explain/src/cli.ts", 'import { argv } from "node:process";'],
  ["packages/settings/src/yaml.ts", 'import { parseDocument } from "yaml";'],
  ["packages/pdu/src/pdu.ts", 'import { x } from "./x.ts";'],
  ["packages/transport/src/http/a.ts", 'import "./b.ts";'],
  ["packages/transport/src/smpp-transport.ts", 'import "./http/b.ts";'],
])("%s may say %s", (path, text) => {
  expect(violations(repository({ [path]: text }))).toEqual([]);
});

test.each([
  ["packages/pdu/src/pdu.ts", 'import { x } from "@esme/session";', "may import settings"],
  ["packages/pdu/src/pdu.ts", 'import "node:fs";', "pdu runs without Node here"],
  ["packages/client/src/client.ts", 'import "@esme/sm-split";', "client may import session, pdu"],
  ["packages/client/src/texts.ts", 'import "@esme/sm-split";', "client may import session, pdu"],
  ["packages/session/src/a.ts", 'const x = await import("lodash");', "not among its libraries"],
  ["packages/session/src/a.ts", 'import type { X } from "@esme/client";', "session may import pdu"],
  ["packages/utils/src/a.ts", "", "packages/utils: not in the picture"],
  ["packages/transport/src/retry.ts", "", "the root of src is for src/index.ts, src/cli.ts"],
  ["packages/transport/src/flow/a.ts", 'import "../http/b.ts";', "only src/smpp-transport.ts may"],
])("%s may not say %s", (path, text, reason) => {
  expect(violations(repository({ [path]: text }))).toEqual([expect.stringContaining(reason)]);
});

test.each([
  ["two files", { "a.ts": 'import "./b.ts";', "b.ts": 'import "./a.ts";' }, "a.ts <-> b.ts"],
  [
    "files by their types",
    { "a.ts": 'import type { B } from "./b.ts";', "b.ts": 'export type { A } from "./a.ts";' },
    "a.ts <-> b.ts",
  ],
  [
    "three files, in one sentence",
    { "a.ts": 'import "./b.ts";', "b.ts": 'import "./c.ts";', "c.ts": 'await import("./a.ts");' },
    "a.ts <-> b.ts <-> c.ts",
  ],
  [
    "two folders, by files that know nothing of each other",
    {
      "x/a.ts": 'import "../y/b.ts";',
      "y/b.ts": "",
      "y/c.ts": 'import "../x/d.ts";',
      "x/d.ts": "",
    },
    "x <-> y",
  ],
])("%s may not import each other in a circle", (_, files, circle) => {
  const paths = Object.entries(files).map(([file, text]) => [`packages/pdu/src/${file}`, text]);
  expect(violations(repository(Object.fromEntries(paths)))).toEqual([
    expect.stringMatching(new RegExp(`^packages/pdu: f.*: ${circle}$`)),
  ]);
});

test("a folder may import the root of src, whose entry imports the folder", () => {
  const files = {
    "packages/pdu/src/index.ts": 'export * from "./x/a.ts";',
    "packages/pdu/src/x/a.ts": 'import type { B } from "../b.ts";',
    "packages/pdu/src/b.ts": "",
  };
  expect(violations(repository(files))).toEqual([]);
});

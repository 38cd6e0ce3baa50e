// The tables are the one place for a new TLV or PDU: a copy of the package gets rows and vectors of its own, and
// everything that is tested here holds for them, too.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
let copy = "";
let folder = "";

const tlvRow = `
  /** The text of a note, for this test alone. */
  note: {
    tag: 0x0700,
    type: cstring({ max: 9 }),
    since: "5.0",
    allowed_in: { "3.4": [], "5.0": submits },
  },
`;

const commandRows = `
  /** Passes a message on, for this test alone. */
  relay_sm: {
    id: 0x00000120,
    response: "relay_sm_resp",
    request: null,
    since: "5.0",
    issuers: { esme: sending, smsc: receiving },
    fields: {
      ...source,
      /** How often it was passed on. */
      hops: octet,
      ...shortMessage,
    },
    mandatory_tlvs: [],
  },
  /** Answers relay_sm. */
  relay_sm_resp: {
    id: 0x80000120,
    response: null,
    request: "relay_sm",
    since: "5.0",
    issuers: { esme: receiving, smsc: sending },
    fields: {
      /** Whether it was passed on. */
      relay_state: octet,
      ...messageId,
    },
    mandatory_tlvs: [],
  },
`;

const relayFields = {
  source_addr_ton: 1,
  source_addr_npi: 1,
  source_addr: "123",
  hops: 7,
  sm_length: 2,
  short_message: "6869",
  tlvs: [{ tag: "0x0700", name: "note", length: 3, raw: "686900", value: "hi" }],
};
const vectors = [
  {
    name: "relay_sm with note",
    hex: "000000210000012000000000000000010101313233000702686907000003686900",
    command: "relay_sm",
    status: 0,
    sequence: 1,
    fields: relayFields,
    checked_by: [],
  },
  {
    name: "relay_sm_resp",
    hex: "0000001480000120000000000000000102413100",
    command: "relay_sm_resp",
    status: 0,
    sequence: 1,
    fields: { relay_state: 2, message_id: "A1", tlvs: [] },
    checked_by: [],
  },
];

/** What a program that uses the new rows looks like to the compiler. */
const program = `
  import { decode, encode, type PduOf, responseTo } from "../src/index.ts";
  encode({ command: "submit_sm", note: "hi" });
  // @ts-expect-error the row lists other commands
  encode({ command: "bind_transceiver", note: "hi" });
  // @ts-expect-error a number for a string
  encode({ command: "submit_sm", note: 1 });
  const pdu = decode(encode({ command: "relay_sm", hops: 7 }));
  if (pdu.command === "relay_sm") {
    const hops: number = pdu.hops;
    encode(responseTo(pdu, { relay_state: hops }));
  }
  export type Response = PduOf<"relay_sm_resp">["relay_state"];
`;

/** Adds rows at the end of the table in a file. */
function addRows(file: string, rows: string): void {
  const text = readFileSync(join(folder, file), "utf8");
  const end = text.lastIndexOf("} as const satisfies Record<string,");
  writeFileSync(join(folder, file), text.slice(0, end) + rows + text.slice(end));
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "esme-pdu-rows-"));
  folder = join(copy, "packages/pdu");
  for (const name of ["tsconfig.base.json", "packages/pdu/package.json"]) {
    cpSync(join(root, name), join(copy, name));
  }
  for (const name of ["src", "test", "tools"]) {
    cpSync(join(root, "packages/pdu", name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  symlinkSync(join(root, "packages/pdu/node_modules"), join(folder, "node_modules"));
  addRows("src/tlvs.ts", tlvRow);
  addRows("src/commands.ts", commandRows);
  const recorded = JSON.parse(readFileSync(join(folder, "test/data/pdu.json"), "utf8"));
  writeFileSync(join(folder, "test/data/pdu.json"), JSON.stringify([...recorded, ...vectors]));
  writeFileSync(join(folder, "test/program.ts"), program);
  // As everywhere in the project, siblings are taken from their sources: nothing need be built.
  const source = "@esme/source";
  const project = {
    extends: "../../tsconfig.base.json",
    compilerOptions: { customConditions: [source] },
    include: ["src", "test/program.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
  // Properties of rows that are not new are tested elsewhere: a few runs of each are enough here.
  writeFileSync(
    join(folder, "few-runs.ts"),
    'import fc from "fast-check"; fc.configureGlobal({ numRuns: 5 });',
  );
  const config = {
    root: folder,
    ssr: { resolve: { conditions: [source, "module", "node", "development|production"] } },
    test: { setupFiles: ["few-runs.ts"], testTimeout: 60_000 },
  };
  writeFileSync(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify(config)};`);
});

afterAll(() => {
  rmSync(copy, { recursive: true });
});

/** Runs one of the project's commands in the copy; gives what it wrote when it fails. */
function run(command: string, ...options: string[]): string {
  const bin = join(root, "node_modules/.bin", command);
  const { status, stdout, stderr } = spawnSync(bin, options, { cwd: folder, encoding: "utf8" });
  return status === 0 ? "" : `${stdout}\n${stderr}`;
}

test("a new TLV is one row and one vector, a new PDU one row per direction and vectors", {
  timeout: 180_000,
}, () => {
  const tests = ["tables", "vectors", "properties", "generated", "encode", "decode", "codec"];
  const files = tests.map((name) => `test/${name}.test.ts`);
  expect(run("vitest", "run", "--reporter=dot", ...files)).toBe("");
});

test("their types come from the rows", { timeout: 120_000 }, () => {
  expect(run("tsc", "--noEmit", "-p", ".")).toBe("");
});

test("a row without a vector is told", { timeout: 120_000 }, () => {
  addRows("src/tlvs.ts", tlvRow.replace("note:", "other_note:").replace("0x0700", "0x0701"));
  const output = run("vitest", "run", "--reporter=dot", "test/vectors.test.ts");
  expect(output).toContain("every command and every TLV of the tables stands in a vector");
  expect(output).toContain("other_note");
});

// Whoever hovers over an option or a callback in an editor is told what it does.
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

/** The keys of a type of this package, each with what an editor shows for it. */
function docsOf(type: string): Map<string, string> {
  const root = new URL("../../../", import.meta.url);
  const file = fileURLToPath(new URL("./not-on-disk.ts", import.meta.url));
  const source = `import * as session from "../src/index.ts"; export type Asked = session.${type};`;
  const { config } = ts.readConfigFile(
    fileURLToPath(new URL("tsconfig.json", root)),
    ts.sys.readFile,
  );
  const noFiles = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonConfigFileContent(config, noFiles, fileURLToPath(root));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.readFile = (path) => (path === file ? source : readFile(path));
  host.getSourceFile = (path, ...rest) =>
    path === file
      ? ts.createSourceFile(path, source, ts.ScriptTarget.ES2022, true)
      : getSourceFile(path, ...rest);
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const asked = program.getSourceFile(file)?.statements.find(ts.isTypeAliasDeclaration);
  if (asked === undefined) throw new Error("no program");
  const keys = checker.getPropertiesOfType(checker.getTypeAtLocation(asked.name));
  return new Map(
    keys.map((key) => [key.name, ts.displayPartsToString(key.getDocumentationComment(checker))]),
  );
}

test.each([
  [
    "SessionOptions",
    36,
    { window: /Default 10/, maxBindLength: /octets/, role: /end of the link/ },
  ],
  ["RequestQueueOptions", 9, { requestTimeout: /milliseconds/, throttleStatuses: /slow down/ }],
  ["RequestOptions", 5, { timeout: /Milliseconds/ }],
  [
    "Callbacks",
    35,
    {
      deliver_sm: /answers ESME_ROK,\sa number is the command_status, an object .* a throw/s,
      submit_sm_resp: /does not count/,
      all_commands: /every PDU/,
      malformed: /could not be decoded/,
    },
  ],
] as const)(
  "every key of %s has a doc comment",
  (type, count, expected) => {
    const docs = docsOf(type);
    expect([...docs].filter(([, doc]) => doc === "")).toEqual([]);
    expect(docs.size).toBe(count);
    for (const [key, doc] of Object.entries(expected)) expect(docs.get(key)).toMatch(doc);
  },
  60_000,
);

// What an editor shows for a name: asked of the language service, as an editor does.

import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A name in a source, and what an editor shows for it. */
export interface Hover {
  readonly name: string;
  /** The doc comment; empty when there is none. */
  readonly doc: string;
}

/** A program that is not on disk, beside the test with this URL. */
function serviceFor(beside: string, source: string): [ts.LanguageService, string] {
  const file = fileURLToPath(new URL("./not-on-disk.ts", beside));
  const root = fileURLToPath(new URL("../../../tsconfig.json", import.meta.url));
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(root, ts.sys.readFile).config,
    { ...ts.sys, readDirectory: () => [] },
    fileURLToPath(new URL("../../..", import.meta.url)),
  );
  const read = (path: string) => (path === file ? source : ts.sys.readFile(path));
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (path) => {
      const text = read(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => fileURLToPath(new URL("../../..", import.meta.url)),
    getCompilationSettings: () => options,
    getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
    fileExists: (path) => read(path) !== undefined,
    readFile: read,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  return [service, file];
}

/** What an editor shows for each name behind a mark, which is an empty comment. */
export function hoversIn(source: string, beside: string): Hover[] {
  const [service, file] = serviceFor(beside, source);
  const faults = service.getSemanticDiagnostics(file);
  if (faults.length > 0) {
    throw new Error(faults.map(({ messageText }) => JSON.stringify(messageText)).join("\n"));
  }
  return [...source.matchAll(/\/\*\*\/(\w+)/g)].map(({ index, 0: all, 1: name = "" }) => {
    const info = service.getQuickInfoAtPosition(file, index + all.length - 1);
    return { name, doc: ts.displayPartsToString(info?.documentation) };
  });
}

/** The keys of the types that a source exports that an editor shows without a doc comment. */
export function undocumentedIn(source: string, beside: string): string[] {
  const [service, file] = serviceFor(beside, source);
  const program = service.getProgram();
  const sourceFile = program?.getSourceFile(file);
  const checker = program?.getTypeChecker();
  if (sourceFile === undefined || checker === undefined) throw new Error("no program");
  const missing: string[] = [];
  for (const statement of sourceFile.statements) {
    if (!ts.isTypeAliasDeclaration(statement)) continue;
    const type = checker.getTypeAtLocation(statement.name);
    for (const one of type.isUnion() ? type.types : [type]) {
      for (const property of checker.getPropertiesOfType(one)) {
        const doc = ts.displayPartsToString(property.getDocumentationComment(checker));
        if (doc === "") missing.push(`${statement.name.text}.${property.name}`);
      }
    }
  }
  return [...new Set(missing)];
}

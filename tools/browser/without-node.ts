/** Runs a script where there is nothing of Node.js. */
import { createContext, runInContext } from "node:vm";

/** The value of a script that runs after the others, without the globals of Node.js and without eval. */
export function runWithoutNode(globals: object, ...scripts: readonly string[]): unknown {
  const context = createContext(Object.assign(Object.create(null), globals), {
    codeGeneration: { strings: false, wasm: false },
  });
  let value: unknown;
  for (const script of scripts) value = runInContext(script, context);
  return value;
}

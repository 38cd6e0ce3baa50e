/**
 * Stryker's plug-in "words": texts of errors and of log lines stay as they are. People read them, a
 * test that repeats them says nothing, and the codes among them are checked by their types.
 */
import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

const levels = new Set(["trace", "debug", "info", "warn", "error", "fatal"]);

function speaks(node) {
  if (node.type === "ThrowStatement") return true;
  if (node.type === "NewExpression") return /Error$/.test(node.callee.name ?? "");
  return node.type === "CallExpression" && levels.has(node.callee.property?.name);
}

/** Asked for each place in a syntax tree: the reason for leaving it alone, or nothing. */
function shouldIgnore(path) {
  const isText = path.isStringLiteral() || path.isTemplateLiteral();
  return isText && path.findParent(({ node }) => speaks(node)) ? "words for people" : undefined;
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "words", { shouldIgnore })];

/** The options on a command line: what is wrong with them in a sentence that shows no value. */

import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName, shortened } from "@esme/settings";
import { UsageError } from "./usage-error.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O }>
>["values"];

/** The values of these options. Throws UsageError for everything else on the command line. */
export function valuesIn<const O extends Options>(args: string[], options: O): Values<O> {
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens) {
    const reason =
      token.kind === "option"
        ? refusalOf(token, options)
        : token.kind === "positional"
          ? "there is a word that belongs to no option: options begin with --"
          : undefined;
    if (reason !== undefined) throw new UsageError(reason);
  }
  return parseArgs({ args, options }).values;
}

interface Given {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function refusalOf(
  { name, rawName, value, inlineValue = false }: Given,
  options: Options,
): string | undefined {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const nearest = nearestName(rawName, Object.keys(options));
    const hint = nearest === undefined ? "" : `, did you mean --${nearest}?`;
    return `there is no option ${shortened(rawName, 60)}${hint}`;
  }
  if (option.type === "boolean") {
    return value === undefined ? undefined : `${rawName} takes no value`;
  }
  if (value !== undefined && (inlineValue || !value.startsWith("-"))) return undefined;
  return `${rawName} needs a value; one that begins with - is written ${rawName}=-...`;
}

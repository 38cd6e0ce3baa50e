/** The words of the command line: settings as flags, and what else the program is asked for. */
import { nearestName } from "@esme/settings";
import { configError } from "./config-error.ts";
import { isSecret, isVumiKey, scalarPaths } from "./settings.ts";

/** Words that stand alone; all other flags take a value. */
const actions = ["check", "help", "print-config", "strict", "version"] as const;

/** What a program can be asked for beside its settings. */
export type Action = (typeof actions)[number];

/** A setting that a flag says. */
export interface FlagSetting {
  readonly path: readonly string[];
  readonly value: string;
  /** The flag, such as `--amqp-port`. */
  readonly origin: string;
}

/** The command line, read. */
export interface CommandLine {
  readonly actions: ReadonlySet<Action>;
  /** The file named by `--config`. */
  readonly file?: string;
  readonly settings: readonly FlagSetting[];
}

const flagPaths = new Map(scalarPaths.map((path) => [path.join("-").replaceAll("_", "-"), path]));

/** Every setting's flag without its dashes, for the help text. */
export const flagNames: readonly string[] = [...flagPaths.keys()];

const allNames: readonly string[] = [...flagNames, "config", ...actions];

const secretFlags = [...flagPaths].flatMap(([flag, path]) => (isSecret(path) ? [flag] : []));

/** vumi2's names of its only SMPP worker, which this one takes the place of. */
const vumiClasses = [
  "vumi2.transports.smpp.SmppTransceiverTransport",
  "vumi2.transports.smpp.smpp.SmppTransceiverTransport",
] as const;

/**
 * Reads `--flag value`, `--flag=value`, the beginning of a flag where only one begins so, and
 * vumi2's `worker CLASS` in front.
 *
 * @throws ConfigError with a sentence for each wrong word; values are not quoted, they may be secrets
 */
export function readCommandLine(words: readonly string[]): CommandLine {
  const problems: string[] = [];
  const asked = new Set<Action>();
  const settings: FlagSetting[] = [];
  let file: string | undefined;
  let last: string | undefined;
  const from = words[0] === "worker" ? 2 : 0;
  if (from > 0) problems.push(...problemOfClass(words[1]));
  for (let index = from; index < words.length; index += 1) {
    const [, given, , inline] = /^--?([^=]+)(=(.*))?$/s.exec(words[index] ?? "") ?? [];
    if (given === undefined) {
      const behind = last === undefined ? "" : `, behind --${last}`;
      problems.push(
        `word ${index + 1}${behind} (not shown): belongs to no flag; a value with blanks needs quotes`,
      );
      continue;
    }
    const found = flagOf(given);
    const next = inline === undefined ? words[index + 1] : undefined;
    const hasNext = next !== undefined && !isFlag(next);
    if ("problem" in found) {
      problems.push(found.problem);
      if (hasNext) index += 1;
      continue;
    }
    const { flag } = found;
    last = flag;
    if (isAction(flag)) {
      if (inline === undefined) asked.add(flag);
      else problems.push(`--${flag}: takes no value`);
      continue;
    }
    if (hasNext) index += 1;
    const value = inline ?? (next?.startsWith("-") ? undefined : next);
    if (value === undefined || (flag === "config" && value === "")) {
      const dash = next?.startsWith("-")
        ? `; one that begins with - is written --${flag}=VALUE`
        : "";
      problems.push(`--${flag}: expected a value${dash}`);
    } else if (flag === "config") {
      file = value;
    } else {
      settings.push({ path: flagPaths.get(flag) ?? [], value, origin: `--${flag}` });
    }
  }
  if (problems.length > 0) throw configError(problems);
  return { actions: asked, settings, ...(file !== undefined && { file }) };
}

function isAction(flag: string): flag is Action {
  return actions.some((action) => action === flag);
}

function isFlag(word: string): boolean {
  const [, name] = /^--([^=]+)/.exec(word) ?? [];
  return name !== undefined && "flag" in flagOf(name);
}

/** The flag that a word names: as it is, by underscores, or by its beginning as vumi2 takes it. */
function flagOf(given: string): { readonly flag: string } | { readonly problem: string } {
  const name = given.replaceAll("_", "-");
  if (name === "h") return { flag: "help" };
  if (allNames.includes(name)) return { flag: name };
  const candidates = flagNames.filter((flag) => flag.startsWith(name));
  const older = candidates.filter((flag) => isVumiKey(flagPaths.get(flag) ?? []));
  const [only, ...others] = older.length === 1 ? older : candidates;
  if (only !== undefined && others.length === 0) return { flag: only };
  if (only !== undefined) {
    const list = candidates.map((flag) => `--${flag}`).join(", ");
    return { problem: `--${given}: ambiguous, could be ${list}` };
  }
  // `--passwordHunter22` is no name to be shown.
  const secret = secretFlags.find((flag) => name.startsWith(flag));
  if (secret !== undefined)
    return { problem: `--${secret}: expected its value behind a blank or =` };
  if (!/^[\w-]{1,60}$/.test(given)) return { problem: "a word that begins with - is no flag" };
  const [, behind] = /^[^-]+-(.+)$/.exec(name) ?? [];
  const meant = flagNames.find((flag) => flag === behind) ?? nearestName(name, allNames);
  const shown = given.length === 1 ? `-${given}` : `--${given}`;
  return { problem: `${shown}: no such flag${meant ? `, did you mean --${meant}?` : ""}` };
}

/** vumi2's command line names the class of the worker. */
function problemOfClass(name: string | undefined): string[] {
  const [wanted] = vumiClasses;
  if (vumiClasses.some((known) => known === name)) return [];
  if (name === undefined || !/^[A-Za-z_][\w.]*$/.test(name)) {
    return [`worker: expected the class ${wanted} behind it`];
  }
  const last = name.split(".").at(-1) ?? "";
  const isNear = /smpp/i.test(last) || nearestName(last, ["SmppTransceiverTransport"]);
  const advice = isNear ? `did you mean ${wanted}?` : `this program is ${wanted} alone`;
  return [`worker: there is no class ${name} here, ${advice}`];
}

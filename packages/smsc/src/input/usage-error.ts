import { quoted, reasonOf } from "@esme/settings";

/** What the caller of a command got wrong: told without a stack. */
export class UsageError extends Error {}

/** An integer that was given for an option. */
export function integerOption(name: string, value: string, max: number, min = 0): number {
  if (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  throw new UsageError(`--${name} is ${quoted(value)}: expected an integer from ${min} to ${max}`);
}

/** Why a port cannot be had. `option` is how to choose another. */
export function portRefusal(
  error: unknown,
  host: string,
  port: number | string,
  option = "port",
): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `port ${port} on ${host} is taken: choose another with --${option}`;
  if (code === "EACCES") {
    return `port ${port} needs privileges: choose one above 1023 with --${option}`;
  }
  return `cannot listen on ${host}:${port}: ${reasonOf(error)}`;
}

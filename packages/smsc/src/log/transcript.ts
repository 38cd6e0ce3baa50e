/** One readable line for each thing that happens in a message centre. */

import { statusName } from "@esme/pdu";
import { shortened } from "@esme/settings";
import type { Smsc } from "../smsc.ts";

/** Prints a line per bind, submission, text and receipt. `now` is what the lines are dated with. */
export function transcribe(
  smsc: Smsc,
  print: (line: string) => void,
  now: () => Date = () => new Date(),
): void {
  const say = (what: string, ...about: string[]): void =>
    print(
      `${now().toISOString().slice(11, 19)}  ${what.padEnd(9)} ${about.map(shown).join(" ").trimEnd()}`,
    );
  smsc.on("bound", ({ mode = "", system_id, remote }) => {
    say("bound", mode, system_id, remote === "" ? "" : `from ${remote}`);
  });
  smsc.on("unbound", ({ mode = "", system_id }) => say("unbound", mode, system_id));
  smsc.on("submit", ({ from, to, message_id, command_status }) => {
    if (command_status === 0) say("accepted", from, "->", to, "as", message_id);
    else say("refused", from, "->", to, "with", statusName(command_status));
  });
  smsc.on("message", ({ from, to, text, parts }) => {
    say("message", from, "->", to, JSON.stringify(text), parts > 1 ? `(${parts} parts)` : "");
  });
  smsc.on("receipt", ({ message_id, from, stat }) => {
    say("receipt", message_id, stat, "for", from);
  });
}

/**
 * Long text from outside is cut. Control characters, and those that change the direction of text, must
 * not reach a terminal.
 */
function shown(word: string): string {
  return shortened(word).replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\u{fffd}");
}

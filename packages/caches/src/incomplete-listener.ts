/** Whoever is told of messages that were given up. */

import { reasonOf } from "@esme/settings";
import type { OnIncomplete } from "./smpp-cache.ts";

/** The same, and an error of it harms nobody else: it becomes a warning of the process. */
export function harmless(onIncomplete: OnIncomplete): OnIncomplete {
  return (message) => {
    const told = async () => onIncomplete(message);
    told().catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : reasonOf(error));
    });
  };
}

/** What is said about an error: to applications in a nack, to operators in the log and on `.failed`. */
import { shortened, reasonOf as wordsOf } from "@esme/settings";
import { BrokerError } from "../broker/broker.ts";
import { longestSentence } from "./excerpt.ts";

/** The words of an error, or of whatever was thrown; the beginning where they are very many. */
export function reasonOf(error: unknown): string {
  return shortened(wordsOf(error), longestSentence);
}

/** A shared store is out of reach; later it may work. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "unavailable";
}

/** The broker or a shared store is out of reach; later it may work. */
export function isTemporary(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof BrokerError && error.code !== "refused");
}

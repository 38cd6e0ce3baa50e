/** What tests of profiles share: the rows that they were made of, and processors set up by them. */
import { readFileSync } from "node:fs";
import { type Message, newMessage } from "@esme/messages";
import { decode, encode, type PduInputOf } from "@esme/pdu";
import type { DeliverSm, SubmitSm } from "@esme/processors";
import { onTestFinished } from "vitest";
import { checkConfig } from "../src/config/config.ts";
import { loadProfile, profileNames } from "../src/config/profile.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { buildPlugIns, type PlugIns } from "../src/plug-ins/plug-ins.ts";
import { silentLogger } from "./silent-logger.ts";

/** What an operator publishes, as far as tests read it. */
export interface Row {
  readonly name: string;
  readonly kind: string;
  readonly sources: readonly string[];
  readonly read: string;
  readonly window?: number;
  readonly throughput?: { readonly messages_per_second?: number | null };
  readonly enquire_link?: { readonly interval_s?: number };
  readonly tls?: { readonly required?: boolean | string; readonly min_version?: string };
  readonly source_addr?: Readonly<Record<string, unknown>>;
  readonly dest_addr?: unknown;
  readonly long_messages?: { readonly chars_per_part?: Readonly<Record<string, number>> };
  readonly receipt?: { readonly example?: string };
  readonly error_codes?: { readonly command_status?: unknown };
  readonly vendor_tlvs?: readonly { readonly tag: string | null }[];
}

interface Operators {
  readonly providers: readonly Row[];
  readonly quirk_summary: readonly { readonly knob: string }[];
}

/** The rows, and the list of what operators differ in. */
export const operators: Operators = JSON.parse(
  readFileSync(new URL("./data/operators.json", import.meta.url), "utf8"),
);

/** The row that a shipped profile was made of: that with its sources. */
export function rowOf(slug: string): Row {
  const sources = loadProfile(slug, ".").sources.join();
  const row = operators.providers.find((row) => row.sources.join() === sources);
  if (row === undefined) throw new Error(`no row has the sources of ${slug}`);
  return row;
}

/** Every shipped profile with its row, as far as that states what is asked for. */
export function stated<T>(what: (row: Row) => T | null | undefined): [string, T][] {
  return profileNames().flatMap((slug): [string, T][] => {
    const value = what(rowOf(slug));
    return value === undefined || value === null ? [] : [[slug, value]];
  });
}

/** The configuration that a profile alone makes. */
export const configOf = (slug: string, config: TransportConfigInput = {}) =>
  checkConfig({ ...config, profile: slug }).config;

/** The parts of a worker with this profile. */
export async function plugInsOf(slug: string, config: TransportConfigInput = {}): Promise<PlugIns> {
  const parts = await buildPlugIns(configOf(slug, config), silentLogger, ".", () => {});
  onTestFinished(() => parts.cache.close());
  return parts;
}

/** What a text becomes with this profile. */
export async function submitted(
  slug: string,
  content: string,
  fields: Partial<Message> = {},
): Promise<SubmitSm[]> {
  const { submit } = await plugInsOf(slug);
  const message = { to_addr: "27820001001", from_addr: "27820002002", content, ...fields };
  return submit.handleOutboundMessage(newMessage(message));
}

/** A deliver_sm as it comes off the wire. */
export function delivered(fields: Omit<PduInputOf<"deliver_sm">, "command">): DeliverSm {
  const pdu = decode(
    encode({ source_addr: "1", destination_addr: "2", ...fields, command: "deliver_sm" }),
  );
  if (pdu.command !== "deliver_sm") throw new Error(`a ${pdu.command} where a deliver_sm belongs`);
  return pdu;
}

/** Which version of SMPP the peers agreed on, and what an old one forbids. */
import { commands, createCodec, type Pdu, type PduInput, tlvs } from "@esme/pdu";
import { LinkError } from "./errors.ts";
import type { Role } from "./states.ts";

/** TLVs came with version 3.4 (SMPP 3.4 section 3.4): a peer that says less knows none. */
const FIRST_WITH_TLVS = 0x34;

/** Reads and writes whatever the codec of the session made, long passwords included. */
const lenient = createCodec({ tolerate: () => {}, maxPasswordLength: 64 });

/** The versions that the two sides of a session speak, from their bind and its response. */
export class Version {
  readonly #role: Role;
  readonly #assumed: number | undefined;
  #ours: number | undefined = undefined;
  #peer: number | undefined = undefined;

  /** `assumed` is believed instead of what the peer says. */
  constructor(role: Role, assumed: number | undefined) {
    this.#role = role;
    this.#assumed = assumed;
  }

  /** `interface_version` or `sc_interface_version` of the peer; undefined when it did not say. */
  get peer(): number | undefined {
    return this.#assumed ?? this.#peer;
  }

  /**
   * Whether one side speaks 3.3 or less. A response to a bind without sc_interface_version says
   * nothing here, though the standard takes it for 3.3: many SMSCs of 3.4 leave it out.
   */
  get lacksTlvs(): boolean {
    return isOld(this.#ours) || isOld(this.peer);
  }

  /** A bind, or its response, of this side. */
  say(pdu: object): void {
    this.#ours = versionIn(pdu);
  }

  /** A bind, or its response, of the peer. */
  hear(pdu: object): void {
    this.#peer = versionIn(pdu);
  }

  /**
   * Why this request may not go out. An ESME's TLVs were meant, so that leaving them out would send
   * something else; of an SMSC's only message_payload is the message itself.
   */
  refusalOf(command: string, frame: Uint8Array): LinkError | undefined {
    if (!this.lacksTlvs) return undefined;
    const names = tlvNamesOf(lenient.decode(frame));
    const lost = this.#role === "esme" ? names : names.filter((name) => name === "message_payload");
    if (lost.length === 0) return undefined;
    const why = `the session is one of SMPP 3.3, which has no TLVs (${lost.join(", ")})`;
    return new LinkError("version", `${command} was not sent: ${why}`);
  }

  /** A frame of this side as the peer may get it: without TLVs, if it does not know them. */
  fit(frame: Uint8Array): Uint8Array {
    if (!this.lacksTlvs) return frame;
    const pdu = lenient.decode(frame);
    const names = tlvNamesOf(pdu);
    if (names.length === 0) return frame;
    const kept = Object.entries(pdu).filter(([key]) => !names.includes(key));
    // The same PDU without some optional keys is a PDU.
    return lenient.encode(Object.fromEntries(kept) as unknown as PduInput);
  }
}

function isOld(version: number | undefined): boolean {
  return version !== undefined && version < FIRST_WITH_TLVS;
}

function versionIn(pdu: object): number | undefined {
  const version: unknown =
    "interface_version" in pdu
      ? pdu.interface_version
      : "sc_interface_version" in pdu && pdu.sc_interface_version;
  return typeof version === "number" ? version : undefined;
}

/** The keys of a PDU that are TLVs: those of vendors are among its `unknown_tlvs`. */
function tlvNamesOf(pdu: Pdu): string[] {
  if (pdu.command === "unknown") return [];
  const { fields } = commands[pdu.command];
  const isTlv = (key: string) =>
    key === "unknown_tlvs" || (Object.hasOwn(tlvs, key) && !Object.hasOwn(fields, key));
  return Object.keys(pdu).filter(isTlv);
}

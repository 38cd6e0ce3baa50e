/** One connected ESME as the message centre sees it. */
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { InterfaceVersion, type PduError, type PduInputOf } from "@esme/pdu";
import {
  type BindCommand,
  isLinkError,
  type Logger,
  Session,
  type SessionOptions,
} from "@esme/session";
import type { Delivered } from "../life/receipt.ts";
import type { Line } from "../wire/line.ts";
import { tolerantCodec } from "../wire/tolerant-codec.ts";
import { type Verdict, Wire, type WireHooks } from "../wire/wire.ts";
import type { DeliveryResponse, Receiver } from "./deliveries.ts";

/** How an ESME is bound. */
export type BindMode = "transmitter" | "receiver" | "transceiver";

const bindModes = {
  bind_transmitter: "transmitter",
  bind_receiver: "receiver",
  bind_transceiver: "transceiver",
} as const satisfies Record<BindCommand, BindMode>;

/** What a session asks of its message centre: see {@link WireHooks}. */
export interface SessionWatcher {
  readonly judge: (session: SmscSession, request: Uint8Array) => Verdict | undefined;
  readonly watch: (session: SmscSession, direction: "in" | "out", octets: Uint8Array) => void;
  readonly attentive: () => boolean;
  readonly line: (session: SmscSession) => Line;
  readonly onError: (error: unknown) => void;
}

/** One connected ESME: its session, and the wire under it. */
export class SmscSession implements Receiver {
  /** Counts the connections of one message centre from 1. */
  readonly id: number;
  /** The SMPP session: state, `request`, `unbind`, `close`, `stats`. */
  readonly session: Session;
  /** Address and port of the peer; empty when it did not come over a socket. */
  readonly remote: string;
  readonly #wire: Wire;
  readonly #logger: Logger;
  #system_id = "";
  #mode: BindMode | undefined;
  #tolerated = 0;

  constructor(
    id: number,
    stream: Duplex,
    watcher: SessionWatcher,
    options: Pick<
      SessionOptions,
      "window" | "requestTimeout" | "bindTimeout" | "enquireLinkInterval"
    > & { readonly logger: Logger },
  ) {
    this.id = id;
    this.remote =
      stream instanceof Socket ? `${stream.remoteAddress ?? ""}:${stream.remotePort ?? ""}` : "";
    this.#wire = new Wire(stream, {
      judge: (request) => watcher.judge(this, request),
      attentive: watcher.attentive,
      line: () => watcher.line(this),
      watch: (direction, octets) => watcher.watch(this, direction, octets),
      unbind: () => void this.session.unbind(),
      onError: watcher.onError,
    });
    this.#logger = options.logger;
    const codec = tolerantCodec((problem) => this.#onTolerated(problem));
    this.session = new Session(this.#wire.stream, { ...options, codec, role: "smsc" });
  }

  /** PDUs that broke a rule and were taken all the same. */
  get tolerated(): number {
    return this.#tolerated + this.session.stats().tolerated;
  }

  /** Who bound; empty before. */
  get system_id(): string {
    return this.#system_id;
  }

  /** How it bound; undefined before. */
  get mode(): BindMode | undefined {
    return this.#mode;
  }

  /** Whether it is bound now. */
  get isBound(): boolean {
    return this.session.state.startsWith("BOUND");
  }

  /** Whether it takes deliver_sm. */
  get receives(): boolean {
    return this.session.state === "BOUND_RX" || this.session.state === "BOUND_TRX";
  }

  /** Whether the peer says that it speaks SMPP 5.0. */
  get knowsVersion5(): boolean {
    return (this.session.peerVersion ?? 0) >= InterfaceVersion["5.0"];
  }

  /** Notes who is binding, once the account allows it. */
  grant({ command, system_id }: { command: BindCommand; system_id: string }): void {
    this.#system_id = system_id;
    this.#mode = bindModes[command];
  }

  /** Writes octets, or their hexadecimal digits, as they are, past the session. */
  write(octets: Uint8Array | string): void {
    this.#wire.write(typeof octets === "string" ? octetsOfHex(octets) : octets);
  }

  /** Sends one deliver_sm or data_sm, whatever waits for other sessions. */
  deliver(pdu: Delivered): Promise<DeliveryResponse> {
    return this.session.request(pdu);
  }

  /** Sends an alert_notification. False: the session takes none, since it is being unbound. */
  alert(pdu: PduInputOf<"alert_notification">): boolean {
    try {
      this.session.send(pdu);
      return true;
    } catch (error) {
      if (isLinkError(error)) return false;
      throw error;
    }
  }

  /** Leaves the connection open, but neither reads nor writes any more: a half-open link. */
  silence(): void {
    this.#wire.silence();
  }

  /** Ends the connection at once, as a crash does. */
  destroy(): void {
    this.#wire.destroy();
  }

  #onTolerated(problem: PduError): void {
    this.#tolerated++;
    this.#logger.warn({ system_id: this.#system_id }, `tolerated: ${problem.message}`);
  }
}

function octetsOfHex(digits: string): Uint8Array {
  const compact = digits.replace(/\s/g, "");
  if (/^(?:[\da-f]{2})*$/i.test(compact)) return Buffer.from(compact, "hex");
  throw new TypeError("expected octets, or an even number of hexadecimal digits");
}

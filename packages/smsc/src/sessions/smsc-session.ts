/** One connected ESME as the simulator sees it: its session, and the wire under it. */
import type { Duplex } from "node:stream";
import { type Codec, InterfaceVersion } from "@esme/pdu";
import type { BindMode, ServerSession } from "@esme/server";
import type { Logger } from "@esme/session";
import type { Line } from "../wire/line.ts";
import { tolerantCodec } from "../wire/tolerant-codec.ts";
import { type Verdict, Wire } from "../wire/wire.ts";

/** What a session asks of the simulator: see `WireHooks`. */
export interface SessionWatcher {
  readonly judge: (session: SmscSession, request: Uint8Array) => Verdict | undefined;
  readonly watch: (session: SmscSession, direction: "in" | "out", octets: Uint8Array) => void;
  readonly attentive: () => boolean;
  readonly line: (session: SmscSession) => Line;
  readonly onError: (error: unknown) => void;
  readonly logger: Logger;
}

/** One connected ESME: its session, and the wire under it. */
export class SmscSession {
  /** The session of `@esme/server`: state, `request`, `send`, `unbind`, `close`, `stats`, events. */
  readonly session: ServerSession;
  /** Takes what widespread ESMEs write against the rules, and counts it. */
  readonly codec: Codec;
  readonly #wire: Wire;
  #tolerated = 0;

  constructor(session: ServerSession, stream: Duplex, watcher: SessionWatcher) {
    this.session = session;
    this.codec = tolerantCodec((problem) => {
      this.#tolerated++;
      watcher.logger.warn({ system_id: this.system_id }, `tolerated: ${problem.message}`);
    });
    this.#wire = new Wire(stream, {
      judge: (request) => watcher.judge(this, request),
      attentive: watcher.attentive,
      line: () => watcher.line(this),
      watch: (direction, octets) => watcher.watch(this, direction, octets),
      unbind: () => void session.unbind(),
      onError: watcher.onError,
    });
  }

  /** What the session speaks over. */
  get stream(): Duplex {
    return this.#wire.stream;
  }

  /** Counts the connections of one message centre from 1. */
  get id(): number {
    return this.session.id;
  }

  /** Address and port of the peer; empty when it did not come over a socket. */
  get remote(): string {
    const { remoteAddress, remotePort } = this.session;
    return remoteAddress === "" ? "" : `${remoteAddress}:${remotePort ?? ""}`;
  }

  /** PDUs that broke a rule and were taken all the same. */
  get tolerated(): number {
    return this.#tolerated + this.session.stats().tolerated;
  }

  /** Who bound; empty before. */
  get system_id(): string {
    return this.session.system_id;
  }

  /** How it bound; undefined before. */
  get mode(): BindMode | undefined {
    return this.session.mode;
  }

  /** Whether it is bound now. */
  get isBound(): boolean {
    return this.session.isBound;
  }

  /** Whether it takes deliver_sm. */
  get receives(): boolean {
    return this.session.receives;
  }

  /** Whether the peer says that it speaks SMPP 5.0. */
  get knowsVersion5(): boolean {
    return (this.session.peerVersion ?? 0) >= InterfaceVersion["5.0"];
  }

  /** Writes octets, or their hexadecimal digits, as they are, past the session. */
  write(octets: Uint8Array | string): void {
    this.#wire.write(typeof octets === "string" ? octetsOfHex(octets) : octets);
  }

  /**
   * Leaves the connection open, but neither reads nor writes any more, as a process that hangs.
   * Returns a function that ends it: everything goes on where it was.
   */
  silence(): () => void {
    return this.#wire.silence();
  }

  /** Ends the connection at once, as a crash does. */
  destroy(): void {
    this.#wire.destroy();
  }
}

function octetsOfHex(digits: string): Uint8Array {
  const compact = digits.replace(/\s/g, "");
  if (/^(?:[\da-f]{2})*$/i.test(compact)) return Buffer.from(compact, "hex");
  throw new TypeError("expected octets, or an even number of hexadecimal digits");
}

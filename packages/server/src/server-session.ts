/** One connected ESME as the server sees it: its session, and who it is. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import {
  InterfaceVersion,
  type NoVendorTlvs,
  type PduInput,
  type PduInputOf,
  type PduOf,
  type RequestName,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import {
  type BindCommand,
  type Callbacks,
  emitTo,
  type LinkError,
  type RequestOptions,
  type ResponseOf,
  Session,
  type SessionEvents,
  type SessionOptions,
  type SessionState,
  type SessionStats,
} from "@esme/session";
import type { Deliverable, DeliveryResponse, Receiver } from "./deliveries/deliveries.ts";
import type { Peer, PeerTls } from "./port/peer.ts";

/** How an ESME is bound: which way messages flow. */
export type BindMode = "transmitter" | "receiver" | "transceiver";

/** The commands that bind, and how. */
export const bindModes = {
  bind_transmitter: "transmitter",
  bind_receiver: "receiver",
  bind_transceiver: "transceiver",
} as const satisfies Record<BindCommand, BindMode>;

/** An ESME that wants to bind. */
export interface BindAttempt<in out T extends VendorTlvs = NoVendorTlvs> {
  /** The account: at most 15 characters. */
  readonly system_id: string;
  /** At most 8 characters; some ESMEs send more. */
  readonly password: string;
  /** Which way messages are to flow. */
  readonly mode: BindMode;
  /** The address of the ESME, behind a trusted proxy, too; empty when it did not come over a socket. */
  readonly remoteAddress: string;
  /** What TLS says of the ESME; undefined without TLS. */
  readonly tls: PeerTls | undefined;
  /** The whole request: `system_type`, `interface_version`, `address_range`, TLVs. */
  readonly pdu: PduOf<BindCommand, T>;
  readonly session: ServerSession<T>;
  /** Aborts when the answer is not wanted any more: `onBindTimeout` is over, or the connection. */
  readonly signal: AbortSignal;
}

/** What a {@link ServerSession} is made of. */
export interface ServerSessionInit<in out T extends VendorTlvs> {
  readonly id: number;
  readonly stream: Duplex;
  readonly peer: Peer;
  /** Name of the server in bind responses. */
  readonly system_id: string;
  /** Those of the SMPP session. */
  readonly options: (session: ServerSession<T>) => SessionOptions<T>;
  /** The stream to speak over in place of the accepted one. */
  readonly wrap: (stream: Duplex, session: ServerSession<T>) => Duplex;
  /** Answers requests that are no binds. */
  readonly callbacks: (session: ServerSession<T>) => Callbacks<T>;
  /** The command_status that answers a bind. */
  readonly admit: (attempt: BindAttempt<T>) => Promise<number>;
  readonly onBound: (session: ServerSession<T>) => void;
  /** unbind was exchanged; the connection may stay open for a while. */
  readonly onUnbound: (session: ServerSession<T>) => void;
  readonly onClose: (session: ServerSession<T>, reason: LinkError) => void;
  /** Something went wrong that the session survived, and told its logger. */
  readonly onError: (error: Error, session: ServerSession<T>) => void;
  /** A listener threw. */
  readonly onListenerError: (error: Error, session: ServerSession<T>) => void;
}

/** The events of a {@link ServerSession}: those of `Session` in `@esme/session`. */
export type ServerSessionEvents<T extends VendorTlvs = NoVendorTlvs> = SessionEvents<T>;

/** The events of a session that are handed on; its errors go through `onError`. */
const handedOn = ["bound", "unbound", "close", "tolerated", "stray", "throttled"] as const;

/**
 * One connected ESME, bound or not yet.
 *
 * It extends EventEmitter because that is what listeners of connections expect in Node.js.
 */
export class ServerSession<in out T extends VendorTlvs = NoVendorTlvs>
  extends EventEmitter<ServerSessionEvents<T>>
  implements Receiver
{
  /** Counts the connections of one server from 1. */
  readonly id: number;
  /** The address of the ESME, behind a trusted proxy, too; empty when it did not come over a socket. */
  readonly remoteAddress: string;
  /** The port of the ESME; undefined when it did not come over a socket. */
  readonly remotePort: number | undefined;
  /** What TLS says of the ESME; undefined without TLS. */
  readonly tls: PeerTls | undefined;
  readonly #stream: Duplex;
  readonly #session: Session<T>;
  #granted: { readonly system_id: string; readonly mode: BindMode } | undefined;
  #hasBound = false;
  /** Over when the connection is: nobody waits for the answer to a bind any more. */
  readonly #over = new AbortController();

  constructor(init: ServerSessionInit<T>) {
    super();
    const { id, peer, admit } = init;
    this.id = id;
    this.remoteAddress = peer.remoteAddress;
    this.remotePort = peer.remotePort;
    this.tls = peer.tls;
    this.#stream = init.wrap(init.stream, this);
    const bind = async (pdu: PduOf<BindCommand>) => {
      const { command, system_id, password } = pdu;
      const mode = bindModes[command];
      const { remoteAddress, tls } = this;
      const command_status = await admit({
        system_id,
        password,
        mode,
        remoteAddress,
        tls,
        // A PDU of this session's codec, whose vendor TLVs are T.
        pdu: pdu as PduOf<BindCommand, T>,
        session: this,
        signal: this.#over.signal,
      });
      if (command_status !== Status.ESME_ROK) return command_status;
      this.#granted = { system_id, mode };
      return bindResponse(init.system_id, pdu.interface_version);
    };
    const callbacks = {
      ...init.callbacks(this),
      bind_transmitter: bind,
      bind_receiver: bind,
      bind_transceiver: bind,
    };
    this.#session = new Session<T>(this.#stream, {
      ...init.options(this),
      role: "smsc",
      // The fields of a bind response have no vendor TLVs here: they are those of every T.
      callbacks: callbacks as Callbacks<T>,
    });
    const session = this.#session;
    const tell = (event: string, args: readonly unknown[]) =>
      emitTo(this, event, args, (error) => init.onListenerError(error, this));
    // The server's own part first, and not as a listener, which users can remove.
    session.on("bound", () => {
      this.#hasBound = true;
      init.onBound(this);
    });
    session.on("unbound", () => init.onUnbound(this));
    session.on("close", (reason) => {
      this.#over.abort();
      init.onClose(this, reason);
    });
    session.on("error", (error) => {
      tell("error", [error]);
      init.onError(error, this);
    });
    for (const event of handedOn) session.on(event, (...args: unknown[]) => tell(event, args));
  }

  /** Who bound; empty before. */
  get system_id(): string {
    return this.#granted?.system_id ?? "";
  }

  /** How it bound; undefined before. */
  get mode(): BindMode | undefined {
    return this.#granted?.mode;
  }

  /** `OPEN` before the bind, then `BOUND_TX`, `BOUND_RX` or `BOUND_TRX`, `UNBOUND`, `CLOSED`. */
  get state(): SessionState {
    return this.#session.state;
  }

  /** Whether it is bound now. */
  get isBound(): boolean {
    return this.#session.isBound;
  }

  /** Whether it is bound, or was. */
  get hasBound(): boolean {
    return this.#hasBound;
  }

  /** Whether it takes deliver_sm now. */
  get receives(): boolean {
    return this.state === "BOUND_RX" || this.state === "BOUND_TRX";
  }

  /** The SMPP version of the ESME, 0x34 for 3.4; undefined before its bind. */
  get peerVersion(): number | undefined {
    return this.#session.peerVersion;
  }

  /** Sends a request over this session alone and waits for its response: see `Session.request`. */
  request<C extends RequestName>(
    pdu: { command: C } & PduInputOf<C, T>,
    options?: RequestOptions,
  ): Promise<ResponseOf<C, T>> {
    return this.#session.request<C>(pdu, options);
  }

  /** Sends a PDU that has no response: see `Session.send`. */
  send(pdu: PduInput<T>): void {
    this.#session.send(pdu);
  }

  /** Sends one message over this session alone, whatever waits for the account. */
  deliver(pdu: Deliverable, signal?: AbortSignal | undefined): Promise<DeliveryResponse> {
    // Vendor TLVs are keys like any other here; the types of `SmppServer.deliver` have them.
    const own = pdu as Pick<typeof pdu, never> as { command: "deliver_sm" } & PduInputOf<
      "deliver_sm",
      T
    >;
    const answer: Promise<unknown> = this.#session.request<"deliver_sm">(own, { signal });
    return answer as Promise<DeliveryResponse>; // to the command that was sent
  }

  /** Waits for what is under way, exchanges unbind and closes the connection; never rejects. */
  unbind(): Promise<void> {
    return this.#session.unbind();
  }

  /** Closes the connection now; what is written leaves before. */
  close(): Promise<void> {
    return this.#session.close();
  }

  /** Ends the connection at once, as a crash does. */
  destroy(): void {
    this.#stream.destroy();
  }

  /** A snapshot of state, window, queue and counts. */
  stats(): SessionStats {
    return this.#session.stats();
  }
}

function bindResponse(system_id: string, version: number) {
  // A peer of version 3.3 or older must not be sent TLVs (SMPP 3.4, 3.4.1).
  if (version < InterfaceVersion["3.4"]) return { system_id };
  const newest = version >= InterfaceVersion["5.0"] ? "5.0" : "3.4";
  return { system_id, sc_interface_version: InterfaceVersion[newest] };
}

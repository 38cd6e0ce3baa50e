/** Where the SMSC asks to be bound to: takes its outbind and binds back (SMPP 3.4 section 2.2.1). */
import { timingSafeEqual } from "node:crypto";
import { type Client, type ClientOptions, isLinkError, OutbindListener } from "@esme/client";
import { listenError, parseBindAddress } from "@esme/http";
import type { TransportConfig } from "../config/settings.ts";
import type { Logger } from "../log/logger.ts";
import type { BindPlan } from "./binds.ts";

/** What the door is made with. */
export interface OutbindDoorOptions {
  readonly config: TransportConfig;
  readonly logger: Logger;
  /** The first of them says how to bind back. */
  readonly plans: readonly BindPlan[];
  readonly optionsOf: (plan: BindPlan) => ClientOptions;
  /** A session was bound. */
  readonly onClient: (client: Client, plan: BindPlan) => void;
}

/** One listener for the outbinds of one SMSC. */
export class OutbindDoor {
  readonly #listener: OutbindListener;
  readonly #place: string;
  #opened: Promise<void> | undefined;

  constructor({ config, logger, plans, optionsOf, onClient }: OutbindDoorOptions) {
    const [plan] = plans;
    if (plan === undefined) throw new RangeError("an outbind wants a way to bind back");
    const { listen, system_id, password } = config.outbind;
    const where = parseBindAddress(listen);
    this.#place = listen;
    this.#listener = new OutbindListener({
      ...(where && "port" in where && where),
      outbindTimeout: config.smpp_connect_timeout * 1_000,
      onOutbind: (outbind) => {
        const wanted =
          (system_id === "" || outbind.system_id === system_id) &&
          (password.reveal() === "" || equal(outbind.password, password.reveal()));
        // The SMSC asks again when it has something: a lost link is not dialled anew.
        return wanted ? { ...optionsOf(plan), bind: plan.bind, reconnect: false } : undefined;
      },
    });
    this.#listener.on("bound", (client) => onClient(client, plan));
    this.#listener.on("error", (err) => logger.warn({ err }, "an outbind came to nothing"));
  }

  /** The port in use; 0 before `open`. */
  get port(): number {
    return this.#listener.port;
  }

  /** Begins to listen. Rejects with a sentence and the system's `code` when the port cannot be had. */
  open(): Promise<void> {
    this.#opened = this.#listener.listen().catch((error: unknown) => {
      const cause = isLinkError(error) && error.code === "connect_failed" ? error.cause : error;
      throw listenError("outbind.listen", this.#place, cause);
    });
    return this.#opened;
  }

  /** Takes no more outbinds; sessions stay. */
  async close(): Promise<void> {
    // What has begun to listen can be closed once it does.
    await this.#opened?.catch(() => {});
    this.#listener.close();
  }
}

/** Compares in a time that does not tell how much was right. */
function equal(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

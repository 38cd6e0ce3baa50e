/** How a session ends: unbound in the agreed way, or at once; and what becomes of its connection. */
import type { Duplex } from "node:stream";
import type { Deadlines } from "./deadlines.ts";
import { LinkError } from "./errors.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Settings } from "./options.ts";
import type { Logger } from "./trace.ts";

/** How long a connection may stay open after our last octets, in milliseconds. */
const LINGER = 1_000;

/** How long what is in flight may wait for its answers when the bind was lost, in milliseconds. */
const LAST_ANSWERS = 1_000;

/**
 * `drop` destroys the connection, `flush` writes what is pending first, `linger` also waits for the
 * peer to close, so that it reads it.
 */
export type CloseMode = "flush" | "linger" | "drop";

/** What {@link Shutdown} works with. */
export interface ShutdownInit {
  readonly stream: Duplex;
  readonly lifecycle: Lifecycle;
  readonly deadlines: Deadlines;
  readonly writer: FrameWriter;
  readonly logger: Logger;
  readonly settings: Pick<Settings, "unbindTimeout">;
  /** Whether nothing is waiting, in flight or with a callback. */
  readonly isIdle: () => boolean;
  /** Whether no request that takes a place in the window is in flight. */
  readonly isAnswered: () => boolean;
  /** Exchanges unbind; rejects when it was not answered. */
  readonly askUnbind: () => Promise<unknown>;
  /** unbind was exchanged, and everything pending was written. */
  readonly onUnbound: (by: "us" | "peer") => void;
  /** The session ended just now. */
  readonly onEnd: (reason: LinkError) => void;
  /** Its connection is closed, too. */
  readonly onClosed: (reason: LinkError) => void;
}

/** The end of one session. */
export class Shutdown {
  readonly #init: ShutdownInit;
  readonly #closed: Promise<void>;
  #onClosed: () => void = () => {};
  /** Set while the last requests are awaited before an unbind. */
  #drained: (() => void) | undefined = undefined;
  #unbinding: Promise<void> | undefined = undefined;
  /** Set while unbind_resp is awaited. */
  #giveUpUnbind: () => void = () => {};
  /** The reason to give when the connection closes. */
  #reason = new LinkError("closed_by_peer", "the peer closed the connection");

  constructor(init: ShutdownInit) {
    this.#init = init;
    this.#closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    init.stream.on("end", () => this.end(this.#reason, "flush"));
    init.stream.on("error", (error: Error) =>
      this.end(new LinkError("stream_error", error.message, { cause: error }), "drop"),
    );
    init.stream.on("close", () => {
      this.end(this.#reason, "drop");
      this.#onClosed();
    });
  }

  /** Ends the session if the stream had ended before: its event came and does not come again. */
  endIfOver(): void {
    const { destroyed, closed, readableEnded, writableEnded } = this.#init.stream;
    if (destroyed || closed || readableEnded || writableEnded) void this.end(this.#reason, "drop");
  }

  /** Waits for what is under way, exchanges unbind, closes. Resolves when closed; never rejects. */
  unbind(): Promise<void> {
    this.#unbinding ??= this.#unbind();
    return this.#unbinding;
  }

  /**
   * The SMSC lost the bind: the session ends as soon as what is in flight is answered, refused most
   * likely, so that each request knows whether it was taken.
   */
  lose(reason: LinkError): void {
    if (!this.#init.lifecycle.lose(reason)) return;
    this.#init.deadlines.set("answers", LAST_ANSWERS, performance.now());
  }

  /** unbind was exchanged: nothing more is written, answers on their way are still read for a while. */
  unbound(by: "us" | "peer"): void {
    const { lifecycle, logger, writer, deadlines, onUnbound } = this.#init;
    if (!lifecycle.unbind()) return;
    const who = by === "us" ? "this side" : "the peer";
    logger.info({ by }, `${who} unbound the session`);
    this.#reason = new LinkError("unbound", `${who} unbound the session`);
    writer.end();
    deadlines.set("linger", LINGER, performance.now());
    onUnbound(by);
  }

  /** Ends the session now. Resolves when its connection is closed. */
  end(cause: LinkError, mode: CloseMode): Promise<void> {
    const { lifecycle, logger, writer, onEnd, onClosed } = this.#init;
    if (lifecycle.state === "CLOSED") return this.#closed;
    // After an unbind, however the connection then ends.
    const reason = lifecycle.state === "UNBOUND" ? this.#reason : cause;
    if (mode !== "drop") writer.flush();
    lifecycle.close();
    logger.info({ code: reason.code }, `closed: ${reason.message}`);
    writer.close();
    this.#drained?.();
    onEnd(reason);
    void this.#closed.then(() => onClosed(reason));
    this.#closeStream(mode);
    return this.#closed;
  }

  /** Something was finished: there may be nothing left to wait for. */
  onWorkDone(): void {
    const { lifecycle, isAnswered } = this.#init;
    if (lifecycle.lost !== undefined && isAnswered()) void this.end(lifecycle.lost, "flush");
    if (this.#drained !== undefined && this.#init.isIdle()) this.#drained();
  }

  /** Looks at the deadlines. */
  check(now: number): void {
    const { deadlines, lifecycle } = this.#init;
    if (deadlines.takeDue("drain", now)) this.#drained?.();
    if (deadlines.takeDue("unbind", now)) this.#giveUpUnbind();
    if (deadlines.takeDue("answers", now) && lifecycle.lost !== undefined) {
      void this.end(lifecycle.lost, "flush");
    }
    if (deadlines.takeDue("linger", now)) void this.end(this.#reason, "drop");
  }

  async #unbind(): Promise<void> {
    const { lifecycle, logger, askUnbind } = this.#init;
    lifecycle.leave();
    if (lifecycle.isBound) await this.#drain();
    // Meanwhile it may have ended, or the peer may have asked first.
    if (lifecycle.isBound) {
      const answered = askUnbind().catch((err: Error) =>
        logger.warn({ err }, "unbind was not answered"),
      );
      // While callbacks are so busy that nothing is read, the timeout of the request does not run.
      await Promise.race([answered, this.#unbindTime()]);
      this.#init.deadlines.clear("unbind");
    }
    this.unbound("us");
    return this.#closed;
  }

  #unbindTime(): Promise<void> {
    const { deadlines, settings } = this.#init;
    if (settings.unbindTimeout > 0) {
      deadlines.set("unbind", settings.unbindTimeout, performance.now());
    }
    return new Promise((resolve) => {
      this.#giveUpUnbind = resolve;
    });
  }

  /** Waits until nothing is under way, or the time for it is over. */
  #drain(): Promise<void> {
    return new Promise((resolve) => {
      const { deadlines, settings } = this.#init;
      const { unbindTimeout } = settings;
      if (unbindTimeout > 0) deadlines.set("drain", unbindTimeout, performance.now());
      this.#drained = () => {
        this.#drained = undefined;
        deadlines.clear("drain");
        resolve();
      };
      this.onWorkDone();
    });
  }

  #closeStream(mode: CloseMode): void {
    const { stream } = this.#init;
    const destroy = () => stream.destroy();
    if (mode === "drop" || stream.destroyed) destroy();
    else {
      // What the peer still sends is read and forgotten, or its closing would never be seen.
      stream.resume();
      if (mode === "flush") stream.end(destroy);
      else stream.end();
      const timer = setTimeout(destroy, LINGER);
      void this.#closed.then(() => clearTimeout(timer));
    }
    if (stream.closed) this.#onClosed();
  }
}

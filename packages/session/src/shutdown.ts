/** How a session ends: unbound in the agreed way, or at once; and what happens to its connection. */
import type { Duplex } from "node:stream";
import { LinkError } from "./errors.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { InboundRequests } from "./inbound-requests.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Settings } from "./options.ts";
import type { OutboundRequests } from "./outbound-requests.ts";
import type { Logger, Reporter } from "./reporter.ts";
import type { RequestSource } from "./request-queue.ts";
import type { Timer, Timers } from "./timers.ts";

/** How long a connection may stay open after our last octets, in milliseconds. */
const LINGER = 1_000;

/** How long requests in flight may wait for their answers when the bind was lost, in milliseconds. */
const LAST_ANSWERS = 1_000;

/**
 * `drop` destroys the connection, `flush` writes what waits first, `linger` also waits for the peer to
 * close, so that it reads it.
 */
export type CloseMode = "flush" | "linger" | "drop";

/** What {@link Shutdown} works with. */
export interface ShutdownInit {
  readonly stream: Duplex;
  readonly lifecycle: Lifecycle;
  readonly timers: Timers;
  readonly queue: RequestSource;
  readonly writer: FrameWriter;
  readonly inbound: InboundRequests;
  readonly outbound: OutboundRequests;
  readonly logger: Logger;
  readonly reporter: Reporter;
  readonly settings: Pick<Settings, "unbindTimeout">;
  /** Called after an unbind: reading may go on. */
  readonly afterWork: () => void;
}

/** The end of one session. */
export class Shutdown {
  readonly #init: ShutdownInit;
  readonly #closed: Promise<void>;
  #resolveClosed: () => void = () => {};
  /** Set while the last requests are awaited before an unbind; ends the waiting. */
  #stopDraining: (() => void) | undefined = undefined;
  #unbinding: Promise<void> | undefined = undefined;
  /** Ends the waiting for unbind_resp. */
  #giveUpUnbind: () => void = () => {};
  /** The reason to report when the connection closes. */
  #reason = new LinkError("closed_by_peer", "the peer closed the connection");
  readonly #drainTimer: Timer;
  readonly #unbindTimer: Timer;
  readonly #answersTimer: Timer;
  readonly #lingerTimer: Timer;

  constructor(init: ShutdownInit) {
    const { timers, stream, lifecycle } = init;
    this.#init = init;
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#drainTimer = timers.create("real", () => this.#stopDraining?.());
    this.#unbindTimer = timers.create("real", () => this.#giveUpUnbind());
    this.#answersTimer = timers.create("real", () => this.#endLost(lifecycle.bindLost));
    this.#lingerTimer = timers.create("real", () => void this.end(this.#reason, "drop"));
    stream.on("end", () => this.end(this.#reason, "flush"));
    stream.on("error", (error: Error) =>
      this.end(new LinkError("stream_error", error.message, { cause: error }), "drop"),
    );
    stream.on("close", () => {
      this.end(this.#reason, "drop");
      this.#resolveClosed();
    });
  }

  /** Ends the session if the stream had ended before: then its event does not come any more. */
  endIfOver(): void {
    const { destroyed, closed, readableEnded, writableEnded } = this.#init.stream;
    if (destroyed || closed || readableEnded || writableEnded) void this.end(this.#reason, "drop");
  }

  /** Waits for what is under way, exchanges unbind, closes. Resolves when closed; never rejects. */
  unbind(): Promise<void> {
    this.#unbinding ??= this.#unbind();
    return this.#unbinding;
  }

  /** unbind was exchanged: nothing more is written, answers on their way are still read for a while. */
  unbound(by: "us" | "peer"): void {
    const { lifecycle, logger, writer, reporter, afterWork } = this.#init;
    if (!lifecycle.unbind()) return;
    const who = by === "us" ? "this side" : "the peer";
    logger.info({ by }, `${who} unbound the session`);
    this.#reason = new LinkError("unbound", `${who} unbound the session`);
    writer.end();
    this.#lingerTimer.start(LINGER, performance.now());
    reporter.state("UNBOUND");
    afterWork();
    reporter.emit("unbound", by);
  }

  /** Ends the session now. Resolves when its connection is closed. */
  end(cause: LinkError, mode: CloseMode): Promise<void> {
    const { lifecycle, logger, writer, timers, inbound, outbound, reporter } = this.#init;
    if (lifecycle.state === "CLOSED") return this.#closed;
    // After an unbind, however the connection then ends.
    const reason = lifecycle.state === "UNBOUND" ? this.#reason : cause;
    if (mode !== "drop") writer.flush();
    lifecycle.close();
    logger.info({ code: reason.code }, `closed: ${reason.message}`);
    writer.close();
    this.#stopDraining?.();
    timers.close();
    inbound.clear();
    outbound.abandon(reason);
    reporter.state("CLOSED");
    void this.#closed.then(() => reporter.emit("close", reason));
    this.#closeStream(mode);
    return this.#closed;
  }

  /** Something is done: there may be nothing left to wait for. */
  onWorkDone(): void {
    const { lifecycle, outbound } = this.#init;
    const { bindLost } = lifecycle;
    if (bindLost !== undefined) {
      // Each request that is in flight should know whether it was taken: refused, most likely.
      if (outbound.inFlight === 0) this.#endLost(bindLost);
      else if (!this.#answersTimer.isRunning)
        this.#answersTimer.start(LAST_ANSWERS, performance.now());
    }
    if (this.#stopDraining !== undefined && this.#isIdle) this.#stopDraining();
  }

  /** Whether no request is waiting, in flight or with a callback. */
  get #isIdle(): boolean {
    const { queue, outbound, inbound } = this.#init;
    // What waits in a shared queue is for other sessions to take.
    const waiting = queue.isShared ? 0 : queue.size;
    return outbound.inFlight + waiting + inbound.running === 0;
  }

  #endLost(bindLost: LinkError | undefined): void {
    if (bindLost !== undefined) void this.end(bindLost, "flush");
  }

  async #unbind(): Promise<void> {
    const { lifecycle, logger, outbound } = this.#init;
    lifecycle.startUnbinding();
    if (lifecycle.isBound) await this.#drain();
    // Meanwhile the session may have ended, or the peer may have unbound it.
    if (lifecycle.isBound) {
      const answered = outbound
        .ask({ command: "unbind" })
        .catch((err: Error) => logger.warn({ err }, "unbind was not answered"));
      // While nothing is read, because callbacks are busy, the timeout of the request does not run.
      await Promise.race([answered, this.#unbindTime()]);
      this.#unbindTimer.stop();
    }
    this.unbound("us");
    return this.#closed;
  }

  #unbindTime(): Promise<void> {
    this.#unbindTimer.start(this.#init.settings.unbindTimeout, performance.now());
    return new Promise((resolve) => {
      this.#giveUpUnbind = resolve;
    });
  }

  /** Waits until nothing is under way, or the time for it is over. */
  #drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drainTimer.start(this.#init.settings.unbindTimeout, performance.now());
      this.#stopDraining = () => {
        this.#stopDraining = undefined;
        this.#drainTimer.stop();
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
      // What the peer still sends is read and dropped: else its closing would never be seen.
      stream.resume();
      if (mode === "flush") stream.end(destroy);
      else stream.end();
      const timer = setTimeout(destroy, LINGER);
      void this.#closed.then(() => clearTimeout(timer));
    }
    if (stream.closed) this.#resolveClosed();
  }
}

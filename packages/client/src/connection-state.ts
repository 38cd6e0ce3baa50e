/** The lifecycle of a client as a table: what each event makes of each state, and what is to be done. */

/** What a connection is doing. */
export type ConnectionState =
  /** Nothing. The first state, and the one after the end. */
  | "closed"
  /** A stream is being made. */
  | "connecting"
  /** There is a session; the answer to the bind is awaited. */
  | "binding"
  /** connect() succeeded: bound, or connected when there is no bind to make. */
  | "up"
  /** A timer runs until the next attempt. */
  | "waiting"
  /** The attempt was given up, and its session is closing. */
  | "aborting"
  /** The session of an established connection is closing. */
  | "closing";

/** What happens to a connection. */
export type ConnectionEvent =
  /** connect() was called. */
  | "connect"
  /** There is a stream, and a session on it. */
  | "connected"
  /** The bind succeeded, or there was none to make. */
  | "ready"
  /** The attempt failed, its session is closed, and the next attempt may succeed. */
  | "failed"
  /** The same, but there is no next attempt: without `reconnect`, and for what can never work. */
  | "failedForGood"
  /** The session of an established connection is closed, and `reconnect` is on. */
  | "lost"
  /** The same without `reconnect`. */
  | "lostForGood"
  /** The timer fired. */
  | "retry"
  /** unbind() was called. */
  | "unbind"
  /** disconnect() was called, or the signal of connect() aborted. */
  | "disconnect";

/** What is to be done. Some call user code, which may cause the next event at once. */
export type ConnectionEffect =
  /** From now on requests may wait in the queue. */
  | "retainQueue"
  /** Reject the requests that wait in the queue. */
  | "releaseQueue"
  /** Refuse options that can never work, with the event `failedForGood`. */
  | "checkOptions"
  /** Make a stream and a session. Ends in `connected`, `failed` or `failedForGood`. */
  | "dial"
  /** Bind. Ends in `ready`, `failed` or `failedForGood`. */
  | "bind"
  /** Log and emit why there is no connection, and start the timer. Ends in `retry`. */
  | "scheduleRetry"
  /** Stop the timer. */
  | "cancelRetry"
  /** End the dialling, and connect() calls that wait until an old stream is closed. */
  | "abort"
  /** Unbind the session; it closes then. */
  | "unbindSession"
  /** Close the session now. */
  | "closeSession"
  /** connect() resolves. */
  | "resolveConnect"
  /** connect() rejects, because the user ended it. */
  | "rejectConnect"
  /** connect() rejects with the error; after connect() resolved the error is logged and emitted. */
  | "reportFailure"
  /** Emit `closed`. */
  | "emitClosed"
  /** unbind() and disconnect() resolve, and listen() ends. */
  | "finish";

/** What an event leads to. */
export interface Transition {
  readonly state: ConnectionState;
  /** In this order. Those behind an effect that caused the next event are left out. */
  readonly effects: readonly ConnectionEffect[];
}

function to(state: ConnectionState, ...effects: ConnectionEffect[]): Transition {
  return { state, effects };
}

/** An event that is not listed under a state changes nothing in it. */
const transitions: {
  readonly [S in ConnectionState]: { readonly [E in ConnectionEvent]?: Transition };
} = {
  closed: {
    connect: to("connecting", "retainQueue", "checkOptions", "dial"),
    unbind: to("closed", "abort"),
    disconnect: to("closed", "abort"),
  },
  connecting: {
    connected: to("binding", "bind"),
    failed: to("waiting", "scheduleRetry"),
    failedForGood: to("closed", "releaseQueue", "finish", "reportFailure"),
    unbind: to("closed", "abort", "releaseQueue", "finish", "rejectConnect"),
    disconnect: to("closed", "abort", "releaseQueue", "finish", "rejectConnect"),
  },
  binding: {
    ready: to("up", "resolveConnect"),
    failed: to("waiting", "scheduleRetry"),
    failedForGood: to("closed", "releaseQueue", "finish", "reportFailure"),
    unbind: to("aborting", "abort", "unbindSession"),
    disconnect: to("aborting", "abort", "releaseQueue", "closeSession"),
  },
  up: {
    lost: to("waiting", "emitClosed", "scheduleRetry"),
    lostForGood: to("closed", "releaseQueue", "finish", "emitClosed"),
    unbind: to("closing", "abort", "unbindSession"),
    disconnect: to("closing", "abort", "releaseQueue", "closeSession"),
  },
  waiting: {
    retry: to("connecting", "dial"),
    unbind: to("closed", "cancelRetry", "releaseQueue", "finish", "rejectConnect"),
    disconnect: to("closed", "cancelRetry", "releaseQueue", "finish", "rejectConnect"),
  },
  aborting: {
    // unbind() came while the bind was in flight, and the bind succeeded all the same.
    ready: to("closing", "resolveConnect"),
    failed: to("closed", "releaseQueue", "finish", "rejectConnect"),
    failedForGood: to("closed", "releaseQueue", "finish", "rejectConnect"),
    unbind: to("aborting", "abort", "unbindSession"),
    disconnect: to("aborting", "abort", "releaseQueue", "closeSession"),
  },
  closing: {
    lost: to("closed", "releaseQueue", "finish", "emitClosed"),
    lostForGood: to("closed", "releaseQueue", "finish", "emitClosed"),
    unbind: to("closing", "abort", "unbindSession"),
    disconnect: to("closing", "abort", "releaseQueue", "closeSession"),
  },
};

/** What this event makes of this state. */
export function transition(state: ConnectionState, event: ConnectionEvent): Transition {
  return transitions[state][event] ?? { state, effects: [] };
}

/** Whether a lost connection is made again in this state, or is being made, with `reconnect`. */
export function isWanted(state: ConnectionState): boolean {
  return state !== "closed" && state !== "aborting" && state !== "closing";
}

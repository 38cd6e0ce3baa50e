/** The lifecycle of a connection as a table: the next state and the effects of each event in each state. */

/** What a connection is doing. */
export type ConnectionState =
  /** Nothing: before connect(), and after the end. */
  | "closed"
  /** A stream is being made. */
  | "connecting"
  /** There is a session, and its bind is not answered. */
  | "binding"
  /** connect() succeeded: bound, or connected when there is no bind to make. */
  | "up"
  /** A timer runs until the next attempt. */
  | "waiting"
  /** The attempt was aborted, and its session is closing. */
  | "aborting"
  /** The session of an established connection is closing. */
  | "closing";

/** What happens to a connection. */
export type ConnectionEvent =
  /** connect() was called. */
  | "connect"
  /** A stream was made, and a session on it. */
  | "connected"
  /** The bind succeeded, or there is no bind to make. */
  | "ready"
  /** The attempt failed, its session is closed, and another attempt may succeed. */
  | "failed"
  /** The attempt failed, and no other follows: without `reconnect`, or because none can succeed. */
  | "failedForGood"
  /** The session of an established connection is closed, and `reconnect` is on. */
  | "lost"
  /** The session of an established connection is closed, and `reconnect` is off. */
  | "lostForGood"
  /** The timer fired. */
  | "retry"
  /** unbind() was called. */
  | "unbind"
  /** disconnect() was called, or the signal of connect() aborted. */
  | "disconnect";

/** An action. Some actions call user code, which may cause the next event at once. */
export type ConnectionEffect =
  /** Let requests wait in the queue from now on. */
  | "retainQueue"
  /** Reject the requests that wait in the queue. */
  | "releaseQueue"
  /** Check the options before the first attempt. What can never succeed is `failedForGood`. */
  | "checkOptions"
  /** Make a stream and a session. Ends in `connected`, `failed` or `failedForGood`. */
  | "dial"
  /** Bind. Ends in `ready`, `failed` or `failedForGood`. */
  | "bind"
  /** Start the timer, log and emit why there is no connection. Ends in `retry`. */
  | "scheduleRetry"
  /** Stop the timer. */
  | "cancelRetry"
  /** Abort `dial`, and connect() calls that wait until an old stream is closed. */
  | "abort"
  /** Unbind the session, which closes it. */
  | "unbindSession"
  /** Close the session now. */
  | "closeSession"
  /** Resolve connect(). */
  | "resolveConnect"
  /** Reject connect() with LinkError `closed`: the user ended it. */
  | "rejectConnect"
  /** Reject connect() with the error. When connect() resolved before, log and emit the error. */
  | "reportFailure"
  /** Emit `closed`. */
  | "emitClosed"
  /** Resolve unbind() and disconnect(), and end listen(). */
  | "finish";

/** The result of an event. */
export interface Transition {
  readonly state: ConnectionState;
  /** In this order. When an effect causes the next event, the effects after it are left out. */
  readonly effects: readonly ConnectionEffect[];
}

function to(state: ConnectionState, ...effects: ConnectionEffect[]): Transition {
  return { state, effects };
}

/** An event that is not listed under a state changes nothing. */
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
    // unbind() was called while the bind was in flight, and the bind succeeded.
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

/** The result of this event in this state. */
export function transition(state: ConnectionState, event: ConnectionEvent): Transition {
  return transitions[state][event] ?? { state, effects: [] };
}

/** Whether `reconnect` applies in this state: the user has not ended the connection. */
export function isWanted(state: ConnectionState): boolean {
  return state !== "closed" && state !== "aborting" && state !== "closing";
}

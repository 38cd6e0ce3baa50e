/** Who may bind: asks, in time, and keeps to the limits of addresses and accounts. */
import { SmppError, Status, type VendorTlvs } from "@esme/pdu";
import type { BindAttempt, ServerSession } from "../server-session.ts";
import type { Limits } from "./limits.ts";

/**
 * What becomes of a bind: `true` takes it, `false` answers ESME_RBINDFAIL, a number is the
 * `command_status` (0 takes it: beware of counts). An object takes it and says how many sessions the
 * account may have bound at one time.
 */
export type BindDecision = boolean | number | { readonly maxSessions?: number | undefined };

/** What an {@link Admission} works with. */
export interface AdmissionInit<in out T extends VendorTlvs> {
  readonly decide: (attempt: BindAttempt<T>) => BindDecision | Promise<BindDecision>;
  /** Milliseconds for the decision. */
  readonly onBindTimeout: number;
  /** Sessions of an account for which the decision says nothing. */
  readonly maxSessionsPerAccount: number;
  readonly limits: Limits;
}

/** Decides about binds. */
export class Admission<in out T extends VendorTlvs> {
  readonly #init: AdmissionInit<T>;
  /** The accounts of sessions that count as one of theirs. */
  readonly #accounts = new Map<ServerSession<T>, string>();

  constructor(init: AdmissionInit<T>) {
    this.#init = init;
  }

  /**
   * The command_status for a bind. With ESME_ROK the session counts as one of its account until it
   * is released. Rejects with what the decision threw, SmppError `on_bind_timeout` when it did not come in
   * time, TypeError for one that means nothing.
   */
  async admit(attempt: BindAttempt<T>): Promise<number> {
    const { limits, maxSessionsPerAccount } = this.#init;
    const { session, system_id, remoteAddress } = attempt;
    if (limits.isBarred(remoteAddress, performance.now())) return Status.ESME_RBINDFAIL;
    const { command_status, maxSessions } = readDecision(await this.#decideInTime(attempt));
    // Nobody hears the answer any more, and nobody would give the place back.
    if (session.state !== "OPEN") return Status.ESME_RBINDFAIL;
    if (command_status !== Status.ESME_ROK) {
      limits.refuse(remoteAddress, performance.now());
      return command_status;
    }
    if (!limits.bind(system_id, maxSessions ?? maxSessionsPerAccount)) return Status.ESME_RALYBND;
    this.#accounts.set(session, system_id);
    return Status.ESME_ROK;
  }

  /** A session is over. */
  release(session: ServerSession<T>): void {
    const system_id = this.#accounts.get(session);
    if (system_id === undefined) return;
    this.#accounts.delete(session);
    this.#init.limits.unbind(system_id);
  }

  #decideInTime(attempt: BindAttempt<T>): Promise<BindDecision> {
    const { decide, onBindTimeout } = this.#init;
    const stop = new AbortController();
    return new Promise<BindDecision>((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        attempt.signal.removeEventListener("abort", onOver);
      };
      const onOver = () => {
        finish();
        stop.abort(attempt.signal.reason);
        resolve(false);
      };
      const timer = setTimeout(() => {
        finish();
        const what = `onBind gave no answer in ${onBindTimeout} ms (onBindTimeout)`;
        const error = new SmppError("on_bind_timeout", `${what}: the bind is refused`);
        stop.abort(error);
        reject(error);
      }, onBindTimeout);
      attempt.signal.addEventListener("abort", onOver, { once: true });
      // `async`: what `decide` throws at once is a rejection, too.
      const decided = async () => decide({ ...attempt, signal: stop.signal });
      decided().then(resolve, reject).finally(finish);
    });
  }
}

function readDecision(decision: unknown): { command_status: number; maxSessions?: number } {
  if (decision === true) return { command_status: Status.ESME_ROK };
  if (decision === false) return { command_status: Status.ESME_RBINDFAIL };
  if (typeof decision === "number" && Number.isInteger(decision) && decision >= 0) {
    return { command_status: decision };
  }
  if (typeof decision === "object" && decision !== null && "maxSessions" in decision) {
    const { maxSessions } = decision;
    if (maxSessions === undefined) return { command_status: Status.ESME_ROK };
    if (typeof maxSessions === "number" && maxSessions >= 0) {
      return { command_status: Status.ESME_ROK, maxSessions };
    }
  }
  const is = typeof decision;
  throw new TypeError(
    `onBind gave ${is}: expected true, false, a command_status or { maxSessions }`,
  );
}

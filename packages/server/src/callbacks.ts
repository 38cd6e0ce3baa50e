/** What the application does with requests of ESMEs, and what its answers mean. */
import {
  commands,
  type NoVendorTlvs,
  type Pdu,
  type PduOf,
  type RequestName,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import type { Answer, BindCommand, Callbacks, Direction } from "@esme/session";
import { checkOptions, type OptionTable } from "@esme/settings";
import { bindModes, type ServerSession } from "./server-session.ts";

/** Requests that an ESME may send; binds are answered by the server. */
export type EsmeRequest = Exclude<
  {
    [C in RequestName]: (typeof commands)[C]["issuers"]["esme"] extends readonly [] ? never : C;
  }[RequestName],
  BindCommand
>;

/**
 * Called with a request of an ESME; what it returns decides the response. Nothing means ESME_ROK, a
 * number is the `command_status`, an object has the fields of the response. A throw answers
 * ESME_RSYSERR, or the error's own `command_status`, and is the event `error`.
 */
export type ServerCallback<C extends EsmeRequest, T extends VendorTlvs = NoVendorTlvs> = (
  pdu: PduOf<C, T>,
  session: ServerSession<T>,
) => Answer<C, T> | Promise<Answer<C, T>>;

/** A row for each request; the doc comments are those that an editor shows for the callbacks. */
const requestCallbacks = {
  /** An ESME submits a message: return `{ message_id }` once it is stored. */
  submit_sm: "function",
  /** An ESME submits a message to several destinations: return `{ message_id, unsuccess_sme }`. */
  submit_multi: "function",
  /** An ESME submits a message, its text in message_payload: return `{ message_id }`. */
  data_sm: "function",
  /** An ESME asks for the state of a message: return `{ message_id, message_state, final_date }`. */
  query_sm: "function",
  /** An ESME cancels a message. */
  cancel_sm: "function",
  /** An ESME replaces the text of a message that waits. */
  replace_sm: "function",
  /** An ESME broadcasts a message (SMPP 5.0): return `{ message_id }`. */
  broadcast_sm: "function",
  /** An ESME asks for the state of a broadcast (SMPP 5.0). */
  query_broadcast_sm: "function",
  /** An ESME cancels a broadcast (SMPP 5.0). */
  cancel_broadcast_sm: "function",
  /** An ESME asks whether the server is there. Without a callback the answer is ESME_ROK. */
  enquire_link: "function",
  /** An ESME ends its session. Without a callback the answer is ESME_ROK. */
  unbind: "function",
} as const satisfies Partial<Record<EsmeRequest, "function">>;

/** Requests of pdu's table that have no comment above: their callbacks work like all others. */
type OtherRequest = Exclude<EsmeRequest, keyof typeof requestCallbacks>;

type RequestCallbacks<T extends VendorTlvs> = {
  -readonly [C in keyof typeof requestCallbacks]?: ServerCallback<C, T> | undefined;
} & { [C in OtherRequest]?: ServerCallback<C, T> | undefined };

/**
 * One callback for each request that an ESME may send. A request without one is refused with
 * ESME_RINVCMDID.
 */
export interface ServerCallbacks<in out T extends VendorTlvs = NoVendorTlvs>
  extends RequestCallbacks<T> {
  /**
   * Called with the octets of a request that could not be decoded. A number is the `command_status`
   * of the answer; nothing refuses it with the status that the error has.
   */
  malformed?:
    | ((
        octets: Uint8Array,
        error: Error,
        session: ServerSession<T>,
      ) => number | undefined | Promise<number | undefined>)
    | undefined;
  /**
   * Called with every PDU of every session, received (`in`) and about to be written (`out`), binds
   * with their passwords among them. What it returns does not count.
   */
  all_commands?:
    | ((pdu: Pdu<T>, session: ServerSession<T>, direction: Direction) => unknown)
    | undefined;
}

/** The requests that the server answers for a user who has no callback for them. */
const answered: ReadonlySet<string> = new Set(["enquire_link", "unbind"]);

const requests = Object.entries(commands)
  .filter(([, { response, issuers }]) => response !== null && issuers.esme.length > 0)
  .map(([name]) => name)
  .filter((name) => !Object.hasOwn(bindModes, name));

const callbackOptions: OptionTable<Record<string, unknown>> = {
  ...Object.fromEntries(requests.map((name) => [name, "function"])),
  malformed: "function",
  all_commands: "function",
};

/** Throws TypeError for a name that is no request of an ESME, and for what is no function. */
export function checkCallbacks(callbacks: object): void {
  checkOptions("SmppServer: callbacks", callbacks, callbackOptions, { noun: "callback" });
}

/** A callback once its request is known to match. */
type AnyCallback<T extends VendorTlvs> = (pdu: Pdu, session: ServerSession<T>) => unknown;

/** The user's callbacks as those of one session. */
export function callbacksFor<T extends VendorTlvs>(
  session: ServerSession<T>,
  callbacks: ServerCallbacks<T>,
): Callbacks<T> {
  const { malformed, all_commands } = callbacks;
  // A callback is stored under the command of the requests that it takes and called with no others,
  // which the type of a record cannot say.
  const byName = callbacks as Readonly<Record<string, AnyCallback<T> | undefined>>;
  const own = requests.flatMap((name) => {
    const callback = byName[name];
    if (callback === undefined && answered.has(name)) return [];
    const answer = (pdu: Pdu, direction: Direction): unknown => {
      // Of the requests that go both ways those that the server sends need no answer of ours.
      if (direction === "out") return undefined;
      return callback === undefined ? Status.ESME_RINVCMDID : callback(pdu, session);
    };
    return [[name, answer] as const];
  });
  const table = {
    ...Object.fromEntries(own),
    malformed:
      malformed && ((octets: Uint8Array, error: Error) => malformed(octets, error, session)),
    all_commands:
      all_commands &&
      ((pdu: Pdu<T>, direction: Direction) => all_commands(pdu, session, direction)),
  };
  return table as Callbacks<T>; // each under its own name, see above
}

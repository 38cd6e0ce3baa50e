/** User messages: what one person or program says to another. */

import * as z from "zod";
import { type Contract, fit, readBody, withinLimits } from "./body.ts";
import {
  choice,
  choiceOrNull,
  guardOf,
  id,
  metadata,
  newId,
  text,
  textOrNull,
  timestamp,
} from "./keys.ts";
import { formatTimestamp } from "./timestamp.ts";

/** Every key of a message, in the order in which bodies are written. */
const keys = {
  /** The address that the message goes to. */
  to_addr: text,
  /** The address that the message comes from. */
  from_addr: text,
  /** The transport that carries it; the routing keys on the broker begin with this name. */
  transport_name: text,
  /** How it is carried: `sms`, `ussd` and others. */
  transport_type: text,
  message_version: text.default("20110921"),
  message_type: choice(["user_message"]).default("user_message"),
  /** When it was made: `YYYY-MM-DD HH:MM:SS.ffffff`, UTC. */
  timestamp,
  /** What routers note for themselves. */
  routing_metadata: metadata,
  /** What applications note for themselves. */
  helper_metadata: metadata,
  /** 32 hexadecimal digits as made here; up to 255 characters as received. */
  message_id: id,
  /** The `message_id` that this one answers; up to 255 characters. */
  in_reply_to: textOrNull,
  /** The network of the person, where known. */
  provider: textOrNull,
  /** The place of the message in a session (USSD). */
  session_event: choiceOrNull(["new", "resume", "close"]),
  /** The text. */
  content: textOrNull,
  /** What transports note: protocol details that are no part of the text. */
  transport_metadata: metadata,
  group: textOrNull,
  /** What kind of address `to_addr` is, such as `msisdn`. */
  to_addr_type: textOrNull,
  /** What kind of address `from_addr` is. */
  from_addr_type: textOrNull,
};

const schema = z.looseObject(keys, "a JSON object");

/** What the body of a message holds. */
export const messageContract: Contract<typeof schema> = {
  schema,
  guard: guardOf(keys),
  idKey: "message_id",
};

/** A message, with exactly the keys of its JSON body. Keys unknown here survive parse and serialise. */
export type Message = { [Key in keyof typeof keys]: z.output<(typeof keys)[Key]> };

/** What {@link newMessage} takes: the two addresses, and any other key of a message. */
export type MessageFields = Pick<Message, "to_addr" | "from_addr"> & Partial<Message>;

/**
 * The message in a body, given as JSON text or as its UTF-8 octets. Absent keys get their
 * defaults, save the addresses, `transport_name` and `transport_type`, which must be there; the
 * time stamp is brought to its canonical form. Throws a `MessageError` that says for each place
 * what was there and what the contract has; ids have at most 255 characters, and objects and lists
 * are at most 100 deep.
 */
export function parseMessage(body: string | Uint8Array): Message {
  return fit(messageContract, readBody(body));
}

/**
 * The message in a value that `JSON.parse` gave, as `parseMessage` takes it from a body. Of the value
 * itself keys that are traps (`__proto__`) are deleted.
 */
export function messageFrom(value: unknown): Message {
  const message = fit(messageContract, value);
  return message === value ? { ...message } : message;
}

/**
 * A message from its fields: a new id, the present time, `transport_name` `smpp`,
 * `transport_type` `sms`, the rest null or empty, unless given. Throws a `MessageError` for an id
 * over 255 characters and for metadata nested more than 100 deep.
 */
export function newMessage(fields: MessageFields): Message {
  const message: Message = {
    to_addr: fields.to_addr,
    from_addr: fields.from_addr,
    transport_name: fields.transport_name ?? "smpp",
    transport_type: fields.transport_type ?? "sms",
    message_version: fields.message_version ?? "20110921",
    message_type: "user_message",
    timestamp: fields.timestamp ?? formatTimestamp(new Date()),
    routing_metadata: fields.routing_metadata ?? {},
    helper_metadata: fields.helper_metadata ?? {},
    message_id: fields.message_id ?? newId(),
    in_reply_to: fields.in_reply_to ?? null,
    provider: fields.provider ?? null,
    session_event: fields.session_event ?? null,
    content: fields.content ?? null,
    transport_metadata: fields.transport_metadata ?? {},
    group: fields.group ?? null,
    to_addr_type: fields.to_addr_type ?? null,
    from_addr_type: fields.from_addr_type ?? null,
  };
  return withinLimits(message, "message_id");
}

/**
 * The answer to a message: addresses exchanged, `in_reply_to` set, on the same transport, in the
 * same session (`session_event` becomes `resume` where the message had one; give `close` to end
 * it). `transport_metadata` and `helper_metadata` go along, since transports find the session there.
 */
export function reply(message: Message, fields: Partial<Message> = {}): Message {
  return newMessage({
    to_addr: message.from_addr,
    from_addr: message.to_addr,
    transport_name: message.transport_name,
    transport_type: message.transport_type,
    helper_metadata: { ...message.helper_metadata },
    in_reply_to: message.message_id,
    provider: message.provider,
    session_event: message.session_event === null ? null : "resume",
    transport_metadata: { ...message.transport_metadata },
    group: message.group,
    to_addr_type: message.from_addr_type,
    from_addr_type: message.to_addr_type,
    ...fields,
  });
}

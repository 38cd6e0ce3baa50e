/** Events: what became of a message. */

import * as z from "zod";
import { type Contract, fit, readBody } from "./body.ts";
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

const statuses = ["pending", "delivered", "failed"] as const;

/** Where a message is on its way, as a delivery report says. */
export type DeliveryStatus = (typeof statuses)[number];

/** The kinds of event share all keys and differ in which of the last three must be there. */
const common = {
  message_version: text.default("20110921"),
  message_type: choice(["event"]).default("event"),
  /** When it was made: `YYYY-MM-DD HH:MM:SS.ffffff`, UTC. */
  timestamp,
  /** What routers note for themselves. */
  routing_metadata: metadata,
  /** What applications note for themselves. */
  helper_metadata: metadata,
  /** What transports note, such as `smpp_delivery_status`. */
  transport_metadata: metadata,
  /** 32 hexadecimal digits as made here; up to 255 characters as received. */
  event_id: id,
};

const ackSchema = z.looseObject({
  /** The `message_id` of the message that the event is about; up to 255 characters. */
  user_message_id: text,
  event_type: z.literal("ack"),
  ...common,
  /** The id under which the message was sent; up to 255 characters. */
  sent_message_id: text,
  nack_reason: textOrNull,
  delivery_status: choiceOrNull(statuses),
});

const nackSchema = z.looseObject({
  /** The `message_id` of the message that the event is about; up to 255 characters. */
  user_message_id: text,
  event_type: z.literal("nack"),
  ...common,
  sent_message_id: textOrNull,
  /** Why the message was not sent. */
  nack_reason: text,
  delivery_status: choiceOrNull(statuses),
});

const deliveryReportSchema = z.looseObject({
  /** The `message_id` of the message that the event is about; up to 255 characters. */
  user_message_id: text,
  event_type: z.literal("delivery_report"),
  ...common,
  sent_message_id: textOrNull,
  nack_reason: textOrNull,
  /** Where the message is. */
  delivery_status: choice(statuses),
});

const kinds = [ackSchema, nackSchema, deliveryReportSchema] as const;
const eventSchema = z.discriminatedUnion("event_type", kinds, {
  error: ({ input }) =>
    typeof input === "object" && input !== null && !Array.isArray(input)
      ? '"ack" or "nack" or "delivery_report"'
      : "a JSON object",
});

const guards = kinds.map(({ shape }) => guardOf(shape));

/** What the body of an event holds. */
export const eventContract: Contract<typeof eventSchema> = {
  schema: eventSchema,
  guard: (value) => guards.some((guard) => guard(value)),
  idKey: "user_message_id",
};

type FieldsOf<Schema extends z.ZodObject> = {
  [Key in keyof Schema["shape"]]: z.output<Schema["shape"][Key]>;
};

/** The network took the message. */
export type Ack = FieldsOf<typeof ackSchema>;

/** The message was not sent, and why. */
export type Nack = FieldsOf<typeof nackSchema>;

/** What the network says about a message that it took. */
export type DeliveryReport = FieldsOf<typeof deliveryReportSchema>;

/** An event, with exactly the keys of its JSON body; `event_type` says which. */
export type Event = Ack | Nack | DeliveryReport;

/** The message that an event is about, or its `message_id`. */
export type Subject = string | { readonly message_id: string };

type CommonFields = { [Key in keyof typeof common]: z.output<(typeof common)[Key]> };

/** Keys that can be given beside those that make the event what it is. */
export type EventFields = Partial<CommonFields> & { sent_message_id?: string };

/**
 * The event in a body, given as JSON text or as its UTF-8 octets. Absent keys get their defaults.
 * Throws a `MessageError` that says for each place what was there and what the contract has: every
 * event has a `user_message_id`, an ack a `sent_message_id`, a nack a `nack_reason`, a delivery
 * report a `delivery_status`. Ids have at most 255 characters, objects and lists are at most 100
 * deep.
 */
export function parseEvent(body: string | Uint8Array): Event {
  return fit(eventContract, readBody(body));
}

/** The network took the message. `sent_message_id` is the message's own id, unless given. */
export function ack(subject: Subject, fields: EventFields = {}): Ack {
  const user_message_id = idOf(subject);
  return {
    user_message_id,
    event_type: "ack",
    ...commonOf(fields),
    sent_message_id: fields.sent_message_id ?? user_message_id,
    nack_reason: null,
    delivery_status: null,
  };
}

/** The message was not sent. `sent_message_id` is the message's own id, unless given. */
export function nack(subject: Subject, nack_reason: string, fields: EventFields = {}): Nack {
  const user_message_id = idOf(subject);
  return {
    user_message_id,
    event_type: "nack",
    ...commonOf(fields),
    sent_message_id: fields.sent_message_id ?? user_message_id,
    nack_reason,
    delivery_status: null,
  };
}

/** What the network says about a message that it took. */
export function deliveryReport(
  subject: Subject,
  delivery_status: DeliveryStatus,
  fields: EventFields = {},
): DeliveryReport {
  return {
    user_message_id: idOf(subject),
    event_type: "delivery_report",
    ...commonOf(fields),
    sent_message_id: fields.sent_message_id ?? null,
    nack_reason: null,
    delivery_status,
  };
}

function commonOf(fields: EventFields): CommonFields {
  return {
    message_version: fields.message_version ?? "20110921",
    message_type: "event",
    timestamp: fields.timestamp ?? formatTimestamp(new Date()),
    routing_metadata: fields.routing_metadata ?? {},
    helper_metadata: fields.helper_metadata ?? {},
    transport_metadata: fields.transport_metadata ?? {},
    event_id: fields.event_id ?? newId(),
  };
}

function idOf(subject: Subject): string {
  return typeof subject === "string" ? subject : subject.message_id;
}

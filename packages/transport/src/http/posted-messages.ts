/** The body of `POST /messages`, checked. */
import {
  isMessageError,
  type Message,
  MessageError,
  type MessageIssue,
  messageFrom,
  parseMessage,
} from "@esme/messages";

/** What was posted: one message, or a list of them. */
export interface Posted {
  readonly isList: boolean;
  readonly messages: readonly Message[];
}

/** What is wrong with it: every place at once, the first hundred of them. */
export interface Rejected {
  readonly issues: readonly MessageIssue[];
  /** How many more there are. */
  readonly more?: number;
}

/** Whose messages they are to be. */
export interface Receiver {
  readonly transportName: string;
  /** Whether it has a queue for messages with priority. */
  readonly hasPriority: boolean;
}

/** Messages that one request may bring. */
export const mostMessages = 1_000;

/** Places that an answer names. */
const mostIssues = 100;

/** An id is kept for a while: it must not be a text without end. */
const longestId = 255;

/**
 * Reads a message or a list of them. What messages on the broker must have and senders need not
 * know is filled in: `transport_name`, `transport_type`. Never throws on input.
 */
export function readPosted(octets: Uint8Array, worker: Receiver): Posted | Rejected {
  let body: unknown;
  try {
    body = JSON.parse(utf8.decode(octets));
  } catch {
    // Its error says what is wrong without quoting what people wrote.
    return { issues: issuesOf(() => parseMessage(octets)) };
  }
  if (!Array.isArray(body)) return readList([body], worker, false);
  if (body.length >= 1 && body.length <= mostMessages) return readList(body, worker, true);
  const wants = `1 to ${mostMessages} messages`;
  return { issues: [{ path: "", got: `a list of ${body.length}`, wants }] };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readList(list: readonly unknown[], worker: Receiver, isList: boolean): Posted | Rejected {
  const messages: Message[] = [];
  const issues = list.flatMap((value, index) =>
    issuesOf(() => messages.push(readOne(value, worker))).map((issue) => ({
      ...issue,
      path: isList ? [index, issue.path].filter((part) => part !== "").join(".") : issue.path,
    })),
  );
  if (issues.length === 0) return { isList, messages };
  const more = issues.length - mostIssues;
  return { issues: issues.slice(0, mostIssues), ...(more > 0 && { more }) };
}

function readOne(value: unknown, worker: Receiver): Message {
  const { transportName } = worker;
  const filled =
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? { transport_name: transportName, transport_type: "sms", ...value }
      : value;
  const message = messageFrom(filled);
  const [first, ...rest] = moreIssues(message, worker);
  if (first !== undefined) throw new MessageError("invalid", [first, ...rest]);
  return message;
}

/** What the contract of messages allows, and an SMS gateway cannot send. */
function moreIssues(message: Message, { hasPriority, transportName }: Receiver): MessageIssue[] {
  const { content, message_id, to_addr, transport_name, transport_type } = message;
  const issues: MessageIssue[] = [];
  if (to_addr === "") issues.push({ path: "to_addr", got: "empty text", wants: "an address" });
  if (content === null && transport_type !== "ussd" && octetsOf(message) === undefined) {
    const wants = "text, or octets in transport_metadata.smpp.octets";
    issues.push({ path: "content", got: "nothing", wants });
  }
  if (message_id === "" || message_id.length > longestId) {
    const got = `${message_id.length} characters`;
    issues.push({ path: "message_id", got, wants: `1 to ${longestId} characters` });
  }
  if (transport_name !== transportName) {
    const wants = JSON.stringify(transportName);
    issues.push({ path: "transport_name", got: "another name", wants });
  }
  const wants = wantsOfPriority(priorityOf(message), hasPriority);
  if (wants !== undefined) issues.push({ path: "priority", got: "another value", wants });
  return issues;
}

function wantsOfPriority(priority: unknown, hasPriority: boolean): string | undefined {
  if (priority === undefined || priority === "normal") return undefined;
  if (priority !== "high") return '"high" or "normal"';
  return hasPriority ? undefined : 'priority_queue: true in the configuration for "high"';
}

/** Whether it goes before all others. */
export function isUrgent(message: Message): boolean {
  return priorityOf(message) === "high";
}

/** A key that the contract of messages does not have, and keeps. */
function priorityOf(message: Message): unknown {
  return Object.getOwnPropertyDescriptor(message, "priority")?.value;
}

/** What a message that is no text sends instead. */
export function octetsOf({ transport_metadata: { smpp } }: Message): unknown {
  return typeof smpp === "object" && smpp !== null ? Reflect.get(smpp, "octets") : undefined;
}

function issuesOf(read: () => unknown): readonly MessageIssue[] {
  try {
    read();
    return [];
  } catch (error) {
    if (isMessageError(error)) return error.issues;
    throw error;
  }
}

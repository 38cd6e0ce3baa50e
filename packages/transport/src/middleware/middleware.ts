/** The role of a middleware: code of one's own between the broker and the SMSC. */
import type { Event, Message } from "@esme/messages";
import type { Logger } from "../log/logger.ts";

/**
 * Sees messages and events as they pass, and may change them. A class of this kind is named in
 * `middlewares` and made as `new Export(config, deps)`; each method is optional.
 *
 * A method gives back what goes on: what it got, changed or not, or another one. To stop a message
 * it throws, and the message's fate is told: an outbound one gets a nack whose reason is the
 * error's message; an inbound one is dead-lettered on `<transport_name>.failed`, or, when the error has
 * the `code` `unavailable`, the SMSC is asked to bring it again. An event cannot be stopped: when
 * the method throws, the event is published as it was, and the log says so.
 */
export interface Middleware {
  /** A message from the broker, before it becomes PDUs. */
  handleOutbound?(message: Message, connector: string): Message | Promise<Message>;
  /** A message from the SMSC, whole, before it is published. */
  handleInbound?(message: Message, connector: string): Message | Promise<Message>;
  /** An ack, a nack or a delivery report, before it is published. */
  handleEvent?(event: Event, connector: string): Event | Promise<Event>;
  /** Gives back what it opened: called once, after the last message. */
  close?(): void | Promise<void>;
}

/** What a middleware's class gets as its second argument. */
export interface MiddlewareDeps {
  readonly logger: Logger;
  readonly transportName: string;
  /** True when message texts and numbers may be logged: the key `log_content`. */
  readonly logContent: boolean;
}

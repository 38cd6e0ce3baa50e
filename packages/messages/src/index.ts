export { serialise } from "./body.ts";
export {
  type Ack,
  ack,
  type DeliveryReport,
  type DeliveryStatus,
  deliveryReport,
  type Event,
  type EventFields,
  type Nack,
  nack,
  parseEvent,
  type Subject,
} from "./event.ts";
export { newId } from "./keys.ts";
export {
  type Message,
  type MessageFields,
  messageFrom,
  newMessage,
  parseMessage,
  reply,
} from "./message.ts";
export { isMessageError, MessageError, type MessageIssue } from "./message-error.ts";
export { formatTimestamp, parseTimestamp } from "./timestamp.ts";

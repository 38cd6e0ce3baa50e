export type { CachedPart, PartCache } from "./text/cached-parts.ts";
export type { IncompleteText } from "./text/part-memory.ts";
export {
  type ReceiveTextsOptions,
  receiveTexts,
  type TextCallbacks,
} from "./text/receive-texts.ts";
export type { ReceivedReceipt, ReceivedText, TextPdu } from "./text/received.ts";
export {
  IncompleteTextError,
  sendText,
  type TextFields,
  type TextMessage,
} from "./text/send-text.ts";
export type { TextPart } from "./text/text-reader.ts";
export { type TextsOptions, texts } from "./text/texts.ts";

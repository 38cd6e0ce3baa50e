export { countSegments, type SegmentCount } from "./count.ts";
export {
  type Charset,
  type CharsetOverrides,
  charsetOf,
  type DataCoding,
  type MessageWaiting,
  readDataCoding,
} from "./data-coding.ts";
export { isSplitError, SplitError, type SplitErrorCode, type SplitErrorDetails } from "./error.ts";
export type { InformationElement } from "./information-element.ts";
export { type JoinOptions, joinParts, type PduPart, unpackBody } from "./join.ts";
export type { CountOptions, PartLimits, SplitMethod, SplitOptions } from "./plan.ts";
export { referenceCounter } from "./reference.ts";
export {
  type Coding,
  decodeShortMessage,
  type EncodedMessage,
  encodeShortMessage,
  type ShortMessageDecodeOptions,
  type ShortMessageEncodeOptions,
} from "./short-message.ts";
export {
  type SarTlvs,
  type Segment,
  type SplitMessage,
  splitShortMessage,
} from "./split.ts";
export {
  type Concat,
  concatElement,
  Iei,
  type National,
  nationalElements,
  type Ports,
  portsElement,
  readUdh,
  type Udh,
  type UdhElement,
  type UdhError,
  writeUdh,
} from "./udh.ts";

export { type Codec, type CodecOptions, createCodec, decode, encode } from "./codec.ts";
export {
  type CommandName,
  commands,
  isResponse,
  type RequestName,
  type ResponseName,
  type ResponseNameOf,
} from "./commands.ts";
export { decodeDamaged } from "./decode-damaged.ts";
export {
  type DissectedField,
  type Dissection,
  type DissectOptions,
  dissect,
} from "./dissect.ts";
export {
  AddrSubunit,
  AlertOnMessageDelivery,
  BearerType,
  BroadcastAreaIdentifierFormat,
  BroadcastChannelIndicator,
  BroadcastContentTypeNetworkType,
  BroadcastContentTypeService,
  BroadcastFrequencyIntervalUnit,
  BroadcastMessageClass,
  CallbackNumDigitMode,
  CallbackNumPresInd,
  DataCoding,
  DeliveryFailureReason,
  DestAddrNpResolution,
  DestFlag,
  DisplayTime,
  DpfResult,
  EsmClass,
  hasUserDataHeader,
  InterfaceVersion,
  ItsReplyType,
  LanguageIndicator,
  type Meaning,
  type MeaningName,
  MessageState,
  MoreMessagesToSend,
  MsAvailabilityStatus,
  MsMsgWaitFacilities,
  MsValidityBehaviour,
  MsValidityUnit,
  meanings,
  NetworkErrorCodeNetworkType,
  NetworkType,
  Npi,
  PayloadType,
  PriorityFlag,
  PrivacyIndicator,
  RegisteredDelivery,
  ReplaceIfPresent,
  SetDpf,
  SubaddressTypeTag,
  Ton,
  UssdServiceOp,
} from "./enums.ts";
export {
  FrameError,
  isFrameError,
  isPduError,
  isSmppError,
  PduError,
  type PduErrorCode,
  SmppError,
} from "./errors.ts";
export {
  type CStringType,
  cstring,
  type IntegerType,
  integer,
  type OctetsType,
  octets,
  type ScalarType,
} from "./fields.ts";
export { Framer } from "./framer.ts";
export { hexNumber } from "./octets.ts";
export type {
  NoVendorTlvs,
  Pdu,
  PduInput,
  PduInputOf,
  PduOf,
  UnknownPdu,
  UnknownPduInput,
  UnknownTlv,
  VendorTlv,
  VendorTlvs,
} from "./pdu.ts";
export { responseTo } from "./response.ts";
export { Status, type StatusName, statuses, statusName, statusText } from "./status.ts";
export { type Duration, formatTime, parseTime, resolveTime, timeOffset } from "./time.ts";
export { type TlvName, type TlvType, tlvs } from "./tlvs.ts";

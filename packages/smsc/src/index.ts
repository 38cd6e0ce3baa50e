export type { Account } from "./accounts.ts";
export type {
  Action,
  Behaviour,
  BehaviourInForce,
  Circumstances,
  Occasion,
  Script,
} from "./behaviour.ts";
export { faultNames, parseFault } from "./fault-schema.ts";
export type { Delay, Fault } from "./faults.ts";
export { SmscHttp, type SmscHttpOptions } from "./http/smsc-http.ts";
export { InputError, type InputProblem } from "./input.ts";
export type { LineFault, Period } from "./line-faults.ts";
export type { PduLogOptions } from "./log/pdu-log.ts";
export type { Malformation } from "./malformations.ts";
export type { ReceiptReport, SubmitAnswer, SubmitFields, SubmitReport } from "./message-centre.ts";
export type { Submission } from "./message-store.ts";
export type { MobileText } from "./mobile-originated.ts";
export type { MobileReport } from "./mobile-report.ts";
export type { SmscOptions } from "./options.ts";
export { type Outcome, type OutcomeRule, outcomeByEnding, type Submitted } from "./outcome.ts";
export type { PduEvent } from "./pdu-event.ts";
export type { PhoneMessage } from "./phones.ts";
export type { Random, Weighted } from "./random.ts";
export { Smsc, type SmscAccess, type SmscEvents } from "./smsc.ts";
export type { BindMode, SmscSession } from "./smsc-session.ts";
export { transcribe } from "./transcript.ts";
export type { FieldName, Where } from "./where.ts";

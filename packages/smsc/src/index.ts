export type { IdForm, ReceiptDialect, ReceiptField } from "@esme/receipts";
export type { Account } from "./accounts.ts";
export type { Behaviour, BehaviourInForce, Occasion } from "./behaviour.ts";
export type { BroadcastReport } from "./broadcasts.ts";
export { type ConformanceOptions, runConformance } from "./conformance/conformance.ts";
export { type ConformanceReport, type Finding, reportText } from "./conformance/finding.ts";
export type { Delay } from "./faults/fault-keys.ts";
export { faultNames, parseFault } from "./faults/fault-schema.ts";
export type { Fault, LineFault } from "./faults/faults.ts";
export type { Malformation } from "./faults/malformations.ts";
export type { Handset } from "./handset.ts";
export { SmscHttp, type SmscHttpOptions } from "./http/smsc-http.ts";
export { InputError, type InputProblem } from "./input.ts";
export type { Period } from "./line-faults.ts";
export type { PduLogOptions } from "./log/pdu-log.ts";
export type { ReceiptReport, SubmitReport } from "./message-centre.ts";
export type { Submission } from "./message-store.ts";
export type { MobileReport } from "./mobile-report.ts";
export type { MobileText } from "./mobile-text.ts";
export type { SmscOptions } from "./options.ts";
export type { OutbindOptions } from "./outbind.ts";
export {
  type Outcome,
  type OutcomeRule,
  type OutcomeWeights,
  outcomeByEnding,
  outcomeByWeights,
  outcomeInTurn,
  type Submitted,
} from "./outcome.ts";
export type { PduEvent } from "./pdu-event.ts";
export type { PhoneMessage } from "./phones.ts";
export type { Random, Weighted } from "./random.ts";
export type { SmscReceipts } from "./receipt-dialect.ts";
export { type PlayOptions, playScenario } from "./scenario/play.ts";
export { readScenario, type Scenario, ScenarioError } from "./scenario/scenario.ts";
export type { Dialling, Step, StepAction } from "./scenario/step.ts";
export type { Action, Circumstances, Script } from "./script.ts";
export { Smsc, type SmscAccess, type SmscEvents } from "./smsc.ts";
export type { BindMode, SmscSession } from "./smsc-session.ts";
export type { SubmitAnswer, SubmitFields } from "./submit-answer.ts";
export { transcribe } from "./transcript.ts";
export type { UssdScreen } from "./ussd.ts";
export type { UssdSessionCarrier } from "./ussd-session.ts";
export type { FieldName, Where } from "./where.ts";

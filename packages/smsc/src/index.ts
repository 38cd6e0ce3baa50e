export type { IdForm, ReceiptDialect, ReceiptField } from "@esme/receipts";
export type { BindMode, OutbindOptions } from "@esme/server";
export { type ConformanceOptions, runConformance } from "./conformance/conformance.ts";
export { type ConformanceReport, type Finding, reportText } from "./conformance/finding.ts";
export type { Behaviour, BehaviourInForce, Occasion } from "./faults/behaviours.ts";
export type { Delay } from "./faults/fault-keys.ts";
export { faultNames, parseFault } from "./faults/fault-schema.ts";
export type { Fault, LineFault } from "./faults/faults.ts";
export type { Period } from "./faults/line-faults.ts";
export type { Malformation } from "./faults/malformations.ts";
export { SmscHttp, type SmscHttpOptions } from "./http/smsc-http.ts";
export { InputError, type InputProblem } from "./input/input.ts";
export type { FieldName, Where } from "./input/where.ts";
export type { BroadcastReport } from "./life/broadcasts.ts";
export type { PhoneMessage } from "./life/joined-texts.ts";
export type { Submission } from "./life/message-store.ts";
export type { ReceiptReport, SubmitReport } from "./life/messages.ts";
export {
  type Outcome,
  type OutcomeRule,
  type OutcomeWeights,
  outcomeByEnding,
  outcomeByWeights,
  outcomeInTurn,
  type Submitted,
} from "./life/outcome.ts";
export type { SmscReceipts } from "./life/receipt-dialect.ts";
export type { SubmitAnswer, SubmitFields } from "./life/submit-answer.ts";
export type { PduLogOptions } from "./log/pdu-log.ts";
export { transcribe } from "./log/transcript.ts";
export type { SmscOptions } from "./options.ts";
export type { Handset } from "./phones/handset.ts";
export type { MobileReport } from "./phones/mobile-report.ts";
export type { MobileText } from "./phones/mobile-text.ts";
export type { UssdScreen } from "./phones/ussd.ts";
export type { UssdSessionCarrier } from "./phones/ussd-session.ts";
export { type PlayOptions, playScenario } from "./scenario/play.ts";
export { readScenario, type Scenario, ScenarioError } from "./scenario/scenario.ts";
export type { Dialling, Step, StepAction } from "./scenario/step.ts";
export type { Account } from "./sessions/accounts.ts";
export type { PduEvent } from "./sessions/pdu-event.ts";
export type { SmscSession } from "./sessions/smsc-session.ts";
export { Smsc, type SmscAccess, type SmscEvents } from "./smsc.ts";
export type { Random, Weighted } from "./structures/random.ts";
export type { Action, Circumstances, Script } from "./wire/script.ts";

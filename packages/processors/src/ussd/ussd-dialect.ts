/** How USSD dialogues travel over SMPP: three dialects as rows, and the configuration that picks one. */

import { integerOrName, mappingOf, seconds, word } from "@esme/settings/schema";
import type * as z from "zod";

/** What happens in a dialogue, as messages say it. */
export type SessionEvent = "new" | "resume" | "close";

/** One way of carrying dialogues. */
export interface UssdDialect {
  /** The TLV with the number of the dialogue. */
  carrier: "its_session_info" | "user_message_reference";
  /** Whether the lowest bit of its_session_info says that the dialogue ends. */
  endBit: boolean;
  /** What the ussd_service_op of a deliver_sm means. */
  events: Readonly<Record<number, SessionEvent>>;
  /** What any other means. */
  otherwise: SessionEvent;
  /**
   * Whether the code is dialled text: the message goes to it for as long as the dialogue lasts, and
   * neither the first nor the last message has content.
   */
  remembersCode: boolean;
  /** The ussd_service_op of the last submit_sm. */
  closeOp: number;
}

/** UssdServiceOp of SMPP 3.4 section 5.3.2.44, and 0x81, with which gateways release a dialogue. */
const pssrIndication = 0x01;
const ussrRequest = 0x02;
const pssrResponse = 0x11;
const ussrConfirm = 0x12;
const release = 0x81;

/** The op of every submit_sm that does not end a dialogue: show the text and wait for an answer. */
export const continueOp = ussrRequest;

const dialects = {
  default: {
    carrier: "its_session_info",
    endBit: true,
    events: { [pssrIndication]: "new", [ussrRequest]: "resume", [ussrConfirm]: "resume" },
    otherwise: "close",
    remembersCode: false,
    closeOp: ussrRequest,
  },
  mica: {
    carrier: "user_message_reference",
    endBit: false,
    events: { [pssrIndication]: "new", [ussrConfirm]: "resume", [release]: "close" },
    otherwise: "resume",
    remembersCode: true,
    closeOp: pssrResponse,
  },
  sixdee: {
    carrier: "its_session_info",
    endBit: true,
    events: { [pssrIndication]: "new", [ussrConfirm]: "resume", [release]: "close" },
    otherwise: "resume",
    remembersCode: true,
    closeOp: pssrResponse,
  },
} as const satisfies Record<string, UssdDialect>;

/** The key `ussd` of the submit and the short message processors; both must have the same. */
export const ussdConfig = mappingOf({
  dialect: word(["default", "mica", "sixdee"])
    .default("default")
    .describe(
      "`default`: its_session_info, end bit; `mica`: user_message_reference; `sixdee`: its_session_info, end bit, dialled code",
    ),
  max_session_length: seconds
    .refine((value) => value > 0, "a number of seconds above 0")
    .default(180)
    .describe("Seconds for which the dialled code is remembered after the last message"),
  ussd_code_pdu_field: word(["short_message", "destination_addr"])
    .default("short_message")
    .describe("Where `mica` and `sixdee` read the code of a new dialogue"),
  close_service_op: integerOrName()
    .optional()
    .describe(
      "The ussd_service_op that ends a dialogue; 23 (0x17) for peers used to the first vumi. Default: 2, or 17 for `mica` and `sixdee`",
    ),
});

/** Configuration with defaults. */
export type UssdSettings = z.output<typeof ussdConfig>;

/** The dialect that is configured. */
export function dialectOf({ dialect, close_service_op }: UssdSettings): UssdDialect {
  const row: UssdDialect = dialects[dialect];
  return close_service_op === undefined ? row : { ...row, closeOp: close_service_op };
}

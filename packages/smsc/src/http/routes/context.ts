/** What the routes of the HTTP API work on. */
import type { PduLog } from "../../log/pdu-log.ts";
import type { Smsc } from "../../smsc.ts";
import type { Conversations } from "../views/conversations.ts";
import type { Faults } from "../views/fault-list.ts";
import type { Live } from "../views/live.ts";
import type { SessionRates } from "../views/session-rates.ts";

/** The message centre, and what is kept of it for HTTP. */
export interface ApiContext {
  readonly smsc: Smsc;
  readonly log: PduLog;
  readonly conversations: Conversations;
  readonly rates: SessionRates;
  readonly faults: Faults;
  readonly live: Live;
}

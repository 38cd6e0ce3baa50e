/** ESMEs that asked to hear when a phone can be reached again: set_dpf (SMPP 3.4, 5.3.2.29). */
import { MsAvailabilityStatus, type PduInputOf, type PduOf } from "@esme/pdu";

/** An alert_notification and whose it is. */
export interface Alert {
  readonly system_id: string;
  readonly pdu: PduInputOf<"alert_notification">;
}

/** Phones for which an alert may be owed; the oldest is forgotten for one more. */
const limit = 10_000;

/** Delivery pending flags, by phone. One alert for each ESME address that asked. */
export class Alerts {
  readonly #pending = new Map<string, Map<string, Alert>>();

  /** Sets the flag for the destination of a message that could not be delivered. */
  request(pdu: PduOf<"data_sm">, system_id: string): void {
    const { source_addr_ton, source_addr_npi, source_addr } = pdu;
    const alert: Alert = {
      system_id,
      pdu: {
        command: "alert_notification",
        source_addr_ton: pdu.dest_addr_ton,
        source_addr_npi: pdu.dest_addr_npi,
        source_addr: pdu.destination_addr,
        esme_addr_ton: source_addr_ton,
        esme_addr_npi: source_addr_npi,
        esme_addr: source_addr,
        ms_availability_status: MsAvailabilityStatus.available,
      },
    };
    const alerts = this.#pending.get(pdu.destination_addr) ?? new Map<string, Alert>();
    alerts.set(JSON.stringify([system_id, source_addr]), alert);
    const [oldest] = this.#pending.keys();
    if (this.#pending.size >= limit && oldest !== undefined) this.#pending.delete(oldest);
    this.#pending.set(pdu.destination_addr, alerts);
  }

  /** The phone is there again: what is owed, once. */
  take(number: string): Alert[] {
    const alerts = [...(this.#pending.get(number)?.values() ?? [])];
    this.#pending.delete(number);
    return alerts;
  }
}

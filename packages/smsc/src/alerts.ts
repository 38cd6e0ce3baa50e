/** ESMEs that asked to hear when a phone can be reached again: set_dpf (SMPP 3.4, 5.3.2.29). */
import { MsAvailabilityStatus, type PduInputOf, type PduOf } from "@esme/pdu";

/** An alert_notification and whose it is. */
export interface Alert {
  readonly system_id: string;
  readonly pdu: PduInputOf<"alert_notification">;
}

/** Alerts that may be owed, for all phones together; the oldest are forgotten for more. */
const limit = 10_000;

/** Delivery pending flags, by phone. One alert for each ESME address that asked. */
export class Alerts {
  readonly #byPhone = new Map<string, Map<string, Alert>>();
  #count = 0;

  /** How many are owed. */
  get count(): number {
    return this.#count;
  }

  /** Sets the flag for the destination of a message that could not be delivered. */
  request(pdu: PduOf<"data_sm">, system_id: string): void {
    const { source_addr_ton, source_addr_npi, source_addr, destination_addr: phone } = pdu;
    const alert: Alert = {
      system_id,
      pdu: {
        command: "alert_notification",
        source_addr_ton: pdu.dest_addr_ton,
        source_addr_npi: pdu.dest_addr_npi,
        source_addr: phone,
        esme_addr_ton: source_addr_ton,
        esme_addr_npi: source_addr_npi,
        esme_addr: source_addr,
        ms_availability_status: MsAvailabilityStatus.available,
      },
    };
    const alerts = this.#byPhone.get(phone) ?? new Map<string, Alert>();
    const before = alerts.size;
    alerts.set(JSON.stringify([system_id, source_addr]), alert);
    this.#byPhone.set(phone, alerts);
    this.#count += alerts.size - before;
    if (this.#count > limit) this.#forgetOldest();
  }

  /** The phone is there again: what is owed, once. */
  take(number: string): Alert[] {
    const alerts = [...(this.#byPhone.get(number)?.values() ?? [])];
    this.#byPhone.delete(number);
    this.#count -= alerts.length;
    return alerts;
  }

  /** The oldest of the phone that has waited longest. */
  #forgetOldest(): void {
    for (const [phone, alerts] of this.#byPhone) {
      for (const key of alerts.keys()) {
        alerts.delete(key);
        this.#count--;
        if (alerts.size === 0) this.#byPhone.delete(phone);
        return;
      }
    }
  }
}

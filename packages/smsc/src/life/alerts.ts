/** ESMEs that asked to hear when a phone can be reached again: set_dpf (SMPP 3.4, 5.3.2.29). */
import { OldestFirst } from "@esme/bounded";
import { MsAvailabilityStatus, type PduInputOf, type PduOf } from "@esme/pdu";
import { Groups, keyOf } from "../structures/groups.ts";

/** An alert_notification and the account that gets it. */
export interface Alert {
  readonly system_id: string;
  readonly pdu: PduInputOf<"alert_notification">;
}

interface Flag {
  readonly key: string;
  readonly phone: string;
  alert: Alert;
}

/** Pending alerts of all phones together; with more, the oldest are dropped. */
const limit = 10_000;

/** Delivery pending flags by phone: one alert for each ESME address that asked. */
export class Alerts {
  readonly #flags = new OldestFirst<string, Flag>();
  readonly #byPhone = new Groups<Flag>();

  /** Pending alerts. */
  get count(): number {
    return this.#flags.size;
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
    const key = keyOf(phone, system_id, source_addr);
    const known = this.#flags.get(key);
    if (known !== undefined) {
      known.alert = alert;
      return;
    }
    const flag: Flag = { key, phone, alert };
    this.#flags.set(key, flag);
    this.#byPhone.add(phone, flag);
    const oldest = this.#flags.size > limit ? this.#flags.oldest() : undefined;
    if (oldest === undefined) return;
    this.#flags.delete(oldest[0]);
    this.#byPhone.delete(oldest[1].phone, oldest[1]);
  }

  /** Takes the alerts of a phone that can be reached again; each is given once. */
  take(number: string): Alert[] {
    const flags = [...this.#byPhone.take(number)];
    for (const { key } of flags) this.#flags.delete(key);
    return flags.map(({ alert }) => alert);
  }
}

/** One phone, by its number: switched on and off, sends texts, dials. */
import type { PduOf } from "@esme/pdu";
import type { MobileText } from "./mobile-text.ts";
import type { UssdScreen } from "./ussd.ts";

/** What a phone does through its message centre. */
export interface HandsetNetwork {
  isOn(number: string): boolean;
  switchOn(number: string): void;
  switchOff(number: string): void;
  deliver(text: MobileText): Promise<PduOf<"deliver_sm_resp">[]>;
  dial(phone: string, code: string, to?: string, system_id?: string): Promise<UssdScreen>;
}

/** A phone; there is one for every number. */
export class Handset {
  readonly number: string;
  readonly #network: HandsetNetwork;

  constructor(number: string, network: HandsetNetwork) {
    this.number = number;
    this.#network = network;
  }

  get isOn(): boolean {
    return this.#network.isOn(this.number);
  }

  /** What waited arrives; ESMEs that asked with set_dpf get an alert_notification. */
  on(): void {
    this.#network.switchOn(this.number);
  }

  /** Messages wait from now on, until the phone is on again or they expire. */
  off(): void {
    this.#network.switchOff(this.number);
  }

  /** Sends a text: see `Smsc.deliver`. */
  send(text: Omit<MobileText, "from">): Promise<PduOf<"deliver_sm_resp">[]> {
    return this.#network.deliver({ ...text, from: this.number });
  }

  /**
   * Dials a USSD code such as `*123#`, and resolves with what the application shows. `to` is the
   * destination_addr when it is not the code; `system_id` names the account that is asked.
   *
   * Rejects with SmppError `ussd_timeout` or `ussd_busy`, or as `Smsc.deliver` does.
   */
  dial(
    code: string,
    options: { readonly to?: string; readonly system_id?: string } = {},
  ): Promise<UssdScreen> {
    return this.#network.dial(this.number, code, options.to, options.system_id);
  }
}

/** Classes that give back what `gives` of their configuration says: for the tests of results. */
const results = {
  nothing: undefined,
  "an empty list": [],
  "a list of nothing": [null],
  "another command": [{ command: "enquire_link" }],
  "no list": { command: "submit_sm" },
  "a number below 0": -1,
  "no number": Number.NaN,
  "a fraction": 1.5,
  text: "7",
  "a promise of nothing": Promise.resolve(),
  "an unknown kind": { kind: "taken" },
  "a message that is none": { kind: "message" },
  "a message without an address": { kind: "message", message: { message_type: "user_message" } },
  "an event that is none": { kind: "event", event: { message_type: "event" } },
  "a receipt that is none": { kind: "unmatched" },
};

class Giving {
  #gives;
  constructor({ gives }) {
    this.#gives = gives;
  }
  get result() {
    return results[this.#gives];
  }
}

export class OwnSubmit extends Giving {
  async handleOutboundMessage() {
    return this.result;
  }
}

/** Not even a promise. */
export class SyncSubmit extends Giving {
  handleOutboundMessage() {
    return this.result;
  }
}

export class OwnDeliver extends Giving {
  async handleDeliverSm() {
    return this.result;
  }
}

export class OwnSequencer extends Giving {
  next() {
    return this.result;
  }
}

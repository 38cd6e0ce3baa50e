/** Plug-ins that tell when they are made and closed: for the tests of closing. */
class Telling {
  #deps;
  #config;
  constructor(config, deps) {
    this.#config = config;
    this.#deps = deps;
    this.tell("made");
  }
  tell(what) {
    this.#deps.logger.info({}, `${what} ${this.constructor.name}`);
  }
  async close() {
    this.tell("closed");
    if (this.#config.fails) throw new Error("it is busy");
    if (this.#config.hangs) await new Promise(() => {});
  }
}

export class Numbers extends Telling {
  #next = 1;
  next() {
    return this.#next++;
  }
}

export class Cache extends Telling {
  async storeMultipart() {}
  async storeSmppMessageId() {
    this.tell("used");
  }
  async fetchSmppMessageId() {}
  async deleteSmppMessageId() {}
}

export class Submit extends Telling {
  async handleOutboundMessage({ to_addr, content }) {
    this.tell("used");
    return [{ command: "submit_sm", destination_addr: to_addr, short_message: Buffer.from(content) }];
  }
}

export class Texts extends Telling {
  async handleDeliverSm() {
    return { kind: "not_handled" };
  }
}

export class Receipts extends Texts {}

export class Middle extends Telling {
  handleEvent(event) {
    this.tell("used");
    return event;
  }
}

/** Middlewares for the tests of loading and of order. */
export class Marking {
  #config;
  #deps;
  constructor(config, deps) {
    if (config.mark === 7) throw new Error("mark: expected text, got 7");
    this.#config = config;
    this.#deps = deps;
  }
  get seen() {
    return { config: this.#config, deps: this.#deps };
  }
  handleOutbound(message, connector) {
    return this.#marked(message, connector);
  }
  async handleInbound(message, connector) {
    return this.#marked(message, connector);
  }
  handleEvent(event) {
    event.helper_metadata.marks = [...(event.helper_metadata.marks ?? []), this.#config.mark];
    return event;
  }
  #marked(message, connector) {
    return { ...message, content: `${message.content} ${this.#config.mark}@${connector}` };
  }
}

/** Fails, after it has changed what it got. */
export class Failing {
  #config;
  constructor(config) {
    this.#config = config;
  }
  handleOutbound(message) {
    return this.#fail(message);
  }
  handleInbound(message) {
    return this.#fail(message);
  }
  handleEvent(event) {
    return this.#fail(event);
  }
  #fail(body) {
    body.helper_metadata.half = true;
    const { error, code, times = Infinity } = this.#config;
    this.#config = { ...this.#config, times: times - 1 };
    if (times <= 0) return body;
    throw Object.assign(new Error(error), code && { code });
  }
}

/** Forgets to give back what it got. */
export class Forgetful {
  handleOutbound() {}
  async handleInbound() {}
  handleEvent() {}
}

/** Sees events alone, and tells when it is closed. */
export class Closing {
  #deps;
  constructor(_config, deps) {
    this.#deps = deps;
  }
  handleEvent(event) {
    return event;
  }
  async close() {
    this.#deps.logger.info({}, "closed");
    throw new Error("not twice");
  }
}

export class NoMiddleware {}

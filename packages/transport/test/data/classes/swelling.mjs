/** A middleware whose bodies come to be more than a broker takes, or no JSON. */
export class Swelling {
  #gives;

  constructor({ gives }) {
    this.#gives = gives;
  }

  handleInbound(message) {
    return this.#changed(message);
  }

  handleEvent(event) {
    return this.#changed(event);
  }

  #changed(body) {
    const { helper_metadata } = body;
    switch (this.#gives) {
      case "300,000 characters":
        helper_metadata.padding = "x".repeat(300_000);
        break;
      case "itself within itself":
        helper_metadata.self = body;
        break;
      case "a number that JSON lacks":
        helper_metadata.number = 1n;
        break;
      case "what is nested without end": {
        let inner = helper_metadata;
        for (let depth = 0; depth < 20_000; depth += 1) {
          inner.x = {};
          inner = inner.x;
        }
      }
    }
    return body;
  }
}

/** Classes for the tests of loading by name. */
export class OwnSequencer {
  #next = 500;
  constructor(config, deps) {
    if (config.step === "bad") throw new Error("step: expected a number, got bad");
    this.config = config;
    this.deps = deps;
  }
  next() {
    return this.#next++;
  }
}

export class NoSequencer {}

export const aValue = 7;

export default class extends OwnSequencer {}

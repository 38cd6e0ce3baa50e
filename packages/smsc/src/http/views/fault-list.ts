/** The faults in force as JSON tells them, whoever put them in force. */
import { z } from "zod";
import type { Behaviour, BehaviourInForce } from "../../faults/behaviours.ts";
import { snakeCase } from "../../input/keys.ts";
import type { Smsc } from "../../smsc.ts";

/** A fault in force. */
export const faultInForce = z
  .strictObject({
    id: z.int().describe("Counts the faults from 1"),
    fault: z
      .looseObject({ fault: z.string() })
      .describe("As it was given; `script` for one written in a program"),
    asked: z.int().describe("Requests that it saw"),
    acted: z.int().describe("Requests that it acted on"),
  })
  .meta({ id: "FaultInForce" });

export type FaultInForce = z.infer<typeof faultInForce>;

/** Puts faults in force and ends them. */
export class Faults {
  readonly #smsc: Smsc;
  /** What each was made from. */
  readonly #given = new WeakMap<Behaviour, FaultInForce["fault"]>();

  constructor(smsc: Smsc) {
    this.#smsc = smsc;
  }

  /** Newest first: that is the order in which they are asked. */
  list(): FaultInForce[] {
    return this.#smsc.behaviours.map((each) => this.#told(each));
  }

  /** Puts one in force; the list tells `given`, which it was made from. */
  add(behaviour: Behaviour, given: unknown): FaultInForce {
    this.#given.set(behaviour, faultInForce.shape.fault.parse(given));
    this.#smsc.behave(behaviour);
    const added = this.#smsc.behaviours.find((each) => each.behaviour === behaviour);
    // One that lasts no time at all is over before it can be listed.
    return added === undefined
      ? { id: 0, fault: jsonOf(behaviour), asked: 0, acted: 0 }
      : this.#told(added);
  }

  /** Ends one; false when there is none with this id. */
  end(id: number): boolean {
    const found = this.#smsc.behaviours.find((each) => each.id === id);
    found?.end();
    return found !== undefined;
  }

  #told({ id, behaviour, asked, acted }: BehaviourInForce): FaultInForce {
    return { id, fault: this.#given.get(behaviour) ?? jsonOf(behaviour), asked, acted };
  }
}

/** Keys as JSON has them, `for` in seconds; what is a function is named only. */
function jsonOf(behaviour: Behaviour): FaultInForce["fault"] {
  const fields = Object.entries(behaviour)
    .filter(([key]) => key !== "script" && key !== "fault")
    .map(([key, value]) => {
      if (key === "for") return [key, Number(value) / 1000];
      return [snakeCase(key), typeof value === "function" ? "a function" : value];
    });
  return {
    fault: "fault" in behaviour ? behaviour.fault : "script",
    ...Object.fromEntries(fields),
  };
}

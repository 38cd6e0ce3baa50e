/** The faults that the page offers: all there are, with values that work. */
import { expect, test } from "vitest";
import { faultCatalogue } from "../src/http/fault-catalogue.ts";
import { faultNames, parseFault } from "../src/index.ts";

test("every fault is in it, once", () => {
  expect(faultCatalogue.map(({ fault }) => fault).sort()).toEqual([...faultNames].sort());
});

test.each(faultCatalogue)(
  "$fault can be put in force as it is offered",
  ({ fault, parameters }) => {
    const values = parameters.map(({ name, kind, value }) => [
      name,
      kind === "weights" ? weightsOf(String(value)) : value,
    ]);
    expect(parseFault({ fault, ...Object.fromEntries(values) })).toMatchObject({ fault });
  },
);

test.each(
  faultCatalogue.flatMap(({ fault, parameters }) =>
    parameters.flatMap(({ name, choices = [] }) =>
      choices.map((choice) => ({ fault, name, choice })),
    ),
  ),
)("$fault takes $name $choice", ({ fault, name, choice }) => {
  expect(parseFault({ fault, [name]: choice })).toMatchObject({ fault, [name]: choice });
});

/** `ESME_ROK 8, ESME_RSYSERR 1`, as the page reads it. */
function weightsOf(words: string): unknown {
  const pairs = words.split(", ").map((pair) => pair.split(" "));
  return Object.fromEntries(pairs.map(([status, weight]) => [status, Number(weight)]));
}

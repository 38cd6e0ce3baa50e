/** A fault is one row: the schema, the page's forms and the README's table are made from it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { requestFault } from "../src/faults/fault.ts";
import { schemaOf } from "../src/faults/fault-schema.ts";
import { faults } from "../src/faults/faults.ts";
import { catalogueOf, faultCatalogue } from "../src/http/views/fault-catalogue.ts";
import { faultNames, parseFault } from "../src/index.ts";
import { faultTable } from "../tools/fault-docs.ts";

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

describe("a new row", () => {
  const hiccup = requestFault({
    fault: "hiccup",
    title: "Hiccup",
    says: "Answers every n-th request twice.",
    about: "answers",
    keys: {
      everyNth: { is: z.int().min(2), says: "which", form: { kind: "number", value: 3 } },
      quietly: { is: z.boolean().exactOptional(), says: "not in the log" },
    },
    script:
      ({ everyNth }) =>
      (_, { count }) =>
        count % everyNth === 0 ? [{ do: "answer" }, { do: "answer" }] : undefined,
  });

  test("is read from files, under keys in snake_case", () => {
    const schema = schemaOf([hiccup, ...faults]);
    const given = { fault: "hiccup", every_nth: 3, where: { source_addr: "1" } };
    const read = { fault: "hiccup", everyNth: 3, where: { source_addr: "1" } };
    expect(schema.parse(given)).toEqual(read);
    expect(schema.safeParse({ fault: "hiccup" }).success).toBe(false);
    expect(schema.safeParse({ ...given, quiet: true }).success).toBe(false);
  });

  test("is on the page, with the values that it asks for", () => {
    expect(catalogueOf([hiccup])).toEqual([
      {
        fault: "hiccup",
        title: "Hiccup",
        says: "Answers every n-th request twice.",
        about: "answers",
        parameters: [{ name: "every_nth", says: "which", kind: "number", value: 3 }],
      },
    ]);
  });

  test("is in the README", () => {
    const row =
      "| `hiccup` | Answers every n-th request twice. | `everyNth`: which; `quietly`: not in the log (optional) |";
    expect(faultTable([hiccup]).split("\n").at(-1)).toBe(row);
  });
});

test("the table in the README is made from the rows: npm run generate", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(faultTable(faults));
});

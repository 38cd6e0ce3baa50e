/** Problems that schemas find, before they are put into words. */
import { expect, test } from "vitest";
import { z } from "zod";
import { mapping, mappingOf, problemsIn, sentenceOf, valueAt } from "../src/schema.ts";

const port = z.int({ error: "a port" });
const schema = mapping({
  host: z.string({ error: "a name" }),
  tls: mapping({ ca: z.string({ error: "a file" }) }, "true or a mapping").optional(),
  binds: z.array(mapping({ port })).optional(),
  statuses: z
    .record(z.string().regex(/^\d+$/, { error: "a number as the key" }), z.unknown())
    .optional(),
});

const keys = ["host", "tls", "binds", "statuses"];

test.each<[unknown, object[]]>([
  [{ host: "a" }, []],
  [{}, [{ path: ["host"], expected: "a name", value: undefined }]],
  [{ host: 7 }, [{ path: ["host"], expected: "a name", value: 7 }]],
  ["host", [{ path: [], expected: "a mapping", value: "host" }]],
  [{ host: "a", tls: "yes" }, [{ path: ["tls"], expected: "true or a mapping", value: "yes" }]],
  [
    { host: "a", binds: [{ port: 1 }, { port: "x" }] },
    [{ path: ["binds", 1, "port"], expected: "a port", value: "x" }],
  ],
  [
    { host: "a", hots: 1, prot: 2 },
    [
      { path: [], expected: keys.join(", "), value: undefined, key: "hots", known: keys },
      { path: [], expected: keys.join(", "), value: undefined, key: "prot", known: keys },
    ],
  ],
  [
    { host: "a", tls: { ca: "f", cert: "g" } },
    [{ path: ["tls"], expected: "ca", value: undefined, key: "cert", known: ["ca"] }],
  ],
  [
    { host: "a", statuses: { x: 1 } },
    [{ path: ["statuses"], expected: "a number as the key", value: undefined, key: "x" }],
  ],
])("%j", (given, problems) => {
  const { error } = schema.safeParse(given);
  expect(error === undefined ? [] : problemsIn(error, given)).toEqual(problems);
});

test.each<[object, string[]]>([
  [{}, ["missing, expected a name"]],
  [{ host: 7 }, ["expected a name, got 7"]],
  [{ host: "a", hots: 1 }, ["unknown key, did you mean host?"]],
  [{ host: "a", colour: 1 }, ["unknown key, expected host, tls, binds, statuses"]],
  [{ host: "a", statuses: { x: 1 } }, ["expected a number as the key"]],
])("%j says %j", (given, sentences) => {
  const { error } = schema.safeParse(given);
  const problems = error === undefined ? [] : problemsIn(error, given);
  expect(problems.map((problem) => sentenceOf(problem, String(problem.value)))).toEqual(sentences);
});

test("a mapping of few keys is expected by their names", () => {
  const { error } = mappingOf({ ca: z.string(), key: z.string() }).safeParse("file.pem");
  expect(error?.issues.map(({ message }) => message)).toEqual(["a mapping of ca, key"]);
});

test.each<[readonly (string | number)[], unknown]>([
  [["a", 1, "b"], 2],
  [["a", 1, "c"], undefined],
  [["a", "length"], 2],
  [["toString"], undefined],
  [["__proto__"], undefined],
  [["a", 1, "b", "c"], undefined],
  [[], { a: [1, { b: 2 }] }],
])("the value at %j", (path, value) => {
  expect(valueAt({ a: [1, { b: 2 }] }, path)).toEqual(value);
});

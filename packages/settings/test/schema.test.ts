/** Problems that schemas find, before they are put into words. */
import { expect, test } from "vitest";
import { z } from "zod";
import { mapping, problemsIn, valueAt } from "../src/schema.ts";

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
  [{}, [{ path: ["host"], wants: "a name", value: undefined }]],
  [{ host: 7 }, [{ path: ["host"], wants: "a name", value: 7 }]],
  ["host", [{ path: [], wants: "a mapping", value: "host" }]],
  [{ host: "a", tls: "yes" }, [{ path: ["tls"], wants: "true or a mapping", value: "yes" }]],
  [
    { host: "a", binds: [{ port: 1 }, { port: "x" }] },
    [{ path: ["binds", 1, "port"], wants: "a port", value: "x" }],
  ],
  [
    { host: "a", hots: 1, prot: 2 },
    [
      { path: [], wants: keys.join(", "), value: undefined, key: "hots", known: keys },
      { path: [], wants: keys.join(", "), value: undefined, key: "prot", known: keys },
    ],
  ],
  [
    { host: "a", tls: { ca: "f", cert: "g" } },
    [{ path: ["tls"], wants: "ca", value: undefined, key: "cert", known: ["ca"] }],
  ],
  [
    { host: "a", statuses: { x: 1 } },
    [{ path: ["statuses"], wants: "a number as the key", value: undefined, key: "x" }],
  ],
])("%j", (given, problems) => {
  const { error } = schema.safeParse(given);
  expect(error === undefined ? [] : problemsIn(error, given)).toEqual(problems);
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

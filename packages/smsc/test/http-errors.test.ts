/** What is wrong with a request is said in a sentence for people, whatever the route. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../src/http/routes/routes.ts";
import { Served } from "./served.ts";

let server: Served;

beforeAll(async () => {
  server = await Served.start();
});

afterAll(() => server[Symbol.asyncDispose]());

/** `from: missing, expected text`, `parts: expected a number from 1, got 0`, `there is no key "colour", ...` */
const sentence =
  /^(?:[\w.[\]]+: (?:missing, expected .+|expected .+, got .+)|(?:[\w.[\]]+: )?there is no key ".*", .+)$/;

/** What libraries say, and what people cannot act on. */
const jargon = /invalid|undefined|NaN|\bnull\b|zod|object Object|expected string/i;

function expectSentences(answered: { status: number; json: unknown }): void {
  const { error } = Object(answered.json);
  expect(answered.status).toBe(400);
  expect(error.code).toBe("bad_input");
  for (const line of error.message.split("\n")) {
    expect(line).toMatch(sentence);
    expect(line.replace(/, got .*/, "")).not.toMatch(jargon);
  }
}

const wrongValues = [
  null,
  [],
  {},
  true,
  -1,
  1e300,
  0.5,
  "",
  "x".repeat(300),
  "\0",
  [[1]],
  { a: 1 },
];
const strange = wrongValues.map((value) => JSON.stringify(value));

const taking = routes.filter(({ bodySchema }) => bodySchema !== undefined);

describe.each(taking.map(({ path, example }) => [path, Object(example)] as const))(
  "POST %s",
  (path, example) => {
    const url = path.replace("{number}", "27820001001");
    const call = (body: string) => server.call("POST", url, body);

    test.each(strange.filter((body) => body !== "{}"))("instead of a mapping: %s", async (body) => {
      expectSentences(await call(body));
    });

    test("nothing at all", async () => {
      expectSentences(await call(""));
    });

    test("a key that there is not", async () => {
      expectSentences(await call(JSON.stringify({ ...example, colour: "red" })));
    });

    test.each(Object.keys(example))("without %s, or with another value there", async (key) => {
      const { [key]: _, ...rest } = example;
      const bodies = [rest, ...wrongValues.map((value) => ({ ...rest, [key]: value }))];
      for (const body of bodies) {
        const answered = await call(JSON.stringify(body));
        // Some keys may be left out, and some take almost anything.
        if (answered.status === 400) expectSentences(answered);
        else expect(answered.status).toBeLessThan(500);
      }
      await server.delete("/api/faults");
    });
  },
);

const asked = routes.flatMap(({ method, path, querySchema }) =>
  Object.keys(querySchema.shape).map((key) => [method, path, key] as const),
);

test.each(asked)("%s %s with a strange %s", async (method, path, key) => {
  if (path === "/events") return;
  const url = path.replace("{number}", "1");
  const body = method === "post" ? '{"from":"1","to":"2","text":"x"}' : undefined;
  for (const value of ["", "x", "-1", "1.5", "1e999", "%00", "x".repeat(300)]) {
    const answered = await server.call(method, `${url}?${key}=${value}`, body);
    if (answered.status === 400) expectSentences(answered);
    else expect(answered.status).toBeLessThan(300);
  }
});

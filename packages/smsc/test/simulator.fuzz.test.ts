// Requests that no client of the simulator's HTTP makes: refused with a reason, never with 500, and it goes on.
import {
  fuzz,
  fuzzTimeout,
  must,
  type Random,
  spoilText,
  strangeText,
  strangeValue,
} from "@esme/fuzz";
import { expect, test } from "vitest";
import { routes } from "../src/http/routes/routes.ts";
import { RawEsme } from "./raw-esme.ts";
import { Served } from "./served.ts";

/** All but those that stay open or connect to somewhere. */
const open = routes.filter(({ path }) => path !== "/events" && path !== "/api/outbind");
const examples = routes.flatMap(({ example }) => (example === undefined ? [] : [example]));
const keys = [...new Set(examples.flatMap((example) => Object.keys(Object(example))))];
const words = [
  ...keys.map((key) => `"${key}":`),
  ...[
    '"__proto__":{"a":1},',
    '"constructor":{"prototype":{}},',
    "[[[[",
    "{}",
    "null",
    "1e999",
    "-1",
  ],
];

interface Case {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

function make(random: Random): Case {
  const route = random.pick(open);
  const path = route.path.replace(/\{\w+\}/g, () => word(random));
  const query = random.oneIn(3) ? `?${word(random)}=${word(random)}` : "";
  return {
    method: random.oneIn(10) ? random.pick(["put", "patch", "delete", "post"]) : route.method,
    path: `${path}${query}`,
    ...((route.bodySchema !== undefined || random.oneIn(10)) && { body: body(route, random) }),
  };
}

function word(random: Random): string {
  const usual = [
    "1",
    "27820001001",
    "limit",
    "after",
    "0",
    "-1",
    "1e9",
    "%2e%2e",
    "%",
    "__proto__",
  ];
  // A client cannot write half a surrogate pair.
  return random.oneIn(2)
    ? random.pick(usual)
    : encodeURIComponent(strangeText(random, 6).replaceAll(/\p{Surrogate}/gu, "?"));
}

function body({ example = {} }: { example?: unknown }, random: Random): string {
  if (random.oneIn(20)) return `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;
  const given = random.oneIn(8) ? random.pick(examples) : example;
  if (random.oneIn(2)) return spoilText(JSON.stringify(given), random, words);
  const own = Object.keys(Object(given));
  const key = own.length > 0 && !random.oneIn(4) ? random.pick(own) : random.pick(keys);
  return JSON.stringify({
    ...Object(given),
    [key]: strangeValue(random, { depth: 3, json: true }),
  });
}

/** What all routes may answer, and what some do. */
const statuses = [200, 201, 202, 204, 400, 404, 405, 409, 413, 415, 422, 429];

test("every request has an answer that is not 500", { timeout: fuzzTimeout }, async () => {
  await using served = await Served.start();
  const esme = RawEsme.join(served.smsc);
  await esme.bind();
  await fuzz({
    name: "simulator",
    cases: 500,
    make,
    async check({ method, path, body }: Case) {
      const answered = await served.call(method.toUpperCase(), path, body);
      const { status, text } = answered;
      must(statuses.includes(status), `${status} is an answer: ${text.slice(0, 300)}`);
      must(!/\n +at |node:internal/.test(text), `an answer has no stack: ${text.slice(0, 300)}`);
      must(({} as { a?: unknown }).a === undefined, "no prototype was changed");
    },
    show: (input) => JSON.stringify(input),
  });
  expect((await served.get("/api/state")).status).toBe(200);
});

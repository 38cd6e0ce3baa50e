/** The OpenAPI file: a valid one, the one that the routes make, and true of what is served. */
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApi } from "../src/http/routes/openapi.ts";
import { routes } from "../src/http/routes/routes.ts";
import { RawEsme } from "./raw-esme.ts";
import { Served } from "./served.ts";

const file = readFileSync(new URL("../openapi.json", import.meta.url), "utf8");
const document = openApi(routes);
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(JSON.parse(file), "api");

/** What is wrong with a value, as the schema at this place of the file sees it. */
function problems(place: readonly string[], value: unknown): unknown {
  const pointer = place.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1"));
  const validate = ajv.getSchema(`api#/${pointer.map(encodeURIComponent).join("/")}`);
  if (validate === undefined) return `no schema at ${place.join(" ")}`;
  return validate(value) ? [] : validate.errors;
}

test("the file in the package is what the routes make: npm run generate", () => {
  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(document)));
});

test("it is valid OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(file));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

const operations = routes.map(({ method, path }) => ({ method, path }));

test("every route is in it, and nothing else", () => {
  const listed = Object.entries(JSON.parse(file).paths).flatMap(([path, methods]) =>
    Object.keys(Object(methods)).map((method) => ({ method, path })),
  );
  const byName = (one: { path: string; method: string }) => `${one.path} ${one.method}`;
  expect(listed.map(byName).sort()).toEqual(operations.map(byName).sort());
});

describe("its examples fit their schemas", () => {
  const bodies = routes.filter(({ bodySchema }) => bodySchema !== undefined);
  test.each(bodies)("$method $path", ({ method, path, bodySchema, example }) => {
    expect(bodySchema?.safeParse(example).error).toBeUndefined();
    const place = ["paths", path, method, "requestBody", "content", "application/json", "schema"];
    expect(problems(place, example)).toEqual([]);
  });
});

describe("what is answered fits it", () => {
  let served: Served;
  let esme: RawEsme;

  beforeAll(async () => {
    served = await Served.start({ accounts: [{ system_id: "esme", password: "secret" }] });
    await served.smsc.listen();
    esme = await RawEsme.dial(served.smsc);
    await esme.bind();
    await esme.submit({
      source_addr: "4711",
      destination_addr: "27820001001",
      short_message: Buffer.from("hello"),
      registered_delivery: 1,
    });
    await esme.takeDelivery();
  });
  afterAll(() => served[Symbol.asyncDispose]());

  const streams = new Set(["/events", "/api/outbind"]);
  const jsonRoutes = routes
    .filter(({ path }) => !streams.has(path))
    // What ends or empties comes last.
    .sort((one, other) => order(one.method, one.path) - order(other.method, other.path));

  test.each(jsonRoutes)("$method $path", async ({ method, path, status, answer, example }) => {
    const place = path.replace("{number}", "27820001001").replace("{id}", "1");
    const body = example === undefined ? undefined : JSON.stringify(example);
    const answered = await served.call(method.toUpperCase(), place, body);
    expect(answered.status).toBe(status);
    if (answer === undefined || typeof answer === "string") return;
    const schema = ["paths", path, method, "responses", String(status)];
    expect(problems([...schema, "content", "application/json", "schema"], answered.json)).toEqual(
      [],
    );
  });

  test.each(operations)("$method $path refuses as it says", async ({ method, path }) => {
    const place = path.replace(/\{\w+\}/, "1");
    const headers = { host: "rebound.example" };
    const answered = await served.call(method.toUpperCase(), place, undefined, headers);
    expect(answered.status).toBe(403);
    expect(problems(["components", "schemas", "Error"], answered.json)).toEqual([]);
  });
});

function order(method: string, path: string): number {
  if (path.endsWith("/close")) return 4;
  if (path.endsWith("/unbind")) return 3;
  return ["get", "post", "delete"].indexOf(method);
}

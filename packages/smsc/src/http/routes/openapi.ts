/** The routes as an OpenAPI 3.1 document. */
import { z } from "zod";
import { apiError, type Route } from "./route.ts";

type Json = Record<string, unknown>;

/** What every route may answer besides its own. */
const common: Readonly<Record<number, string>> = {
  400: "The path, the query or the body is wrong; the message says where",
  403: "Host, Origin or Sec-Fetch-Site are of a page of another site",
};

const reasons: Readonly<Record<number, string>> = {
  ...common,
  404: "There is none with this id",
  413: "The body is longer than a megabyte",
  415: "Content-Type is not application/json",
  409: "No receiver is bound",
  422: "The request is valid, but cannot be done; the message says why",
  503: "Too many streams are open",
};

const successes: Readonly<Record<number, string>> = {
  200: "The result",
  201: "The fault is in force",
  202: "It has begun",
  204: "Done",
};

/** The document. Schemas with an id of their own are components. */
export function openApi(routes: readonly Route[]): Json {
  const components: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, components) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "esme-smsc",
      description:
        "All that a simulated message centre sees and does, for tests in any language. Requests that change something need `Content-Type: application/json`, even without a body.",
      version: "1",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://127.0.0.1:8775" }],
    paths,
    components: { schemas: components },
  };
}

function operation(route: Route, components: Json): Json {
  const { method, path, summary, description, bodySchema, example, refusals } = route;
  const changes = method !== "get";
  const statuses = [400, 403, ...(changes ? [415] : []), ...(bodySchema ? [413] : []), ...refusals];
  const refused = statuses
    .sort((one, other) => one - other)
    .map((status) => [status, answered(reasons[status] ?? "", apiError, components)]);
  return {
    operationId: operationId(method, path),
    summary,
    ...(description !== undefined && { description }),
    parameters: [
      ...parameters("path", route.pathSchema, components),
      ...parameters("query", route.querySchema, components),
    ],
    ...(bodySchema && {
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: schemaOf(bodySchema, "input", components), example },
        },
      },
    }),
    responses: {
      [route.status]: answered(successes[route.status] ?? "", route.answer, components),
      ...Object.fromEntries(refused),
    },
  };
}

function answered(description: string, answer: Route["answer"], components: Json): Json {
  if (answer === undefined) return { description };
  if (typeof answer === "string") {
    return { description, content: { [answer]: { schema: { type: "string" } } } };
  }
  const schema = schemaOf(answer, "output", components);
  return { description, content: { "application/json": { schema } } };
}

function parameters(place: "path" | "query", object: z.ZodObject, components: Json): Json[] {
  return Object.entries(object.shape).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType, "output", components);
    return {
      name,
      in: place,
      ...(place === "path" && { required: true }),
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

/** The JSON Schema of one place; named schemas go to the components. */
function schemaOf(schema: z.ZodType, io: "input" | "output", components: Json): Json {
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    // Names of commands are checked by a function; the document has them in words.
    unrepresentable: "any",
  });
  for (const [name, definition] of Object.entries($defs)) components[name] = relocated(definition);
  const { id, ...body } = relocated(rest);
  if (typeof id !== "string") return body;
  components[id] = body;
  return { $ref: `#/components/schemas/${id}` };
}

/** References point to where the components are. */
function relocated(schema: object): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

/** `getApiPdusId`: the method and the words of the path. */
function operationId(method: string, path: string): string {
  const words = path.match(/\w+/g) ?? [];
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

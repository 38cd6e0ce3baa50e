/** Routes about faults. */
import { HttpError } from "@esme/http";
import { z } from "zod";
import { faultSchema } from "../../faults/fault-schema.ts";
import { faultCatalogue, knownFault } from "../views/fault-catalogue.ts";
import { faultInForce } from "../views/fault-list.ts";
import { wholeParameter } from "./parameters.ts";
import { type Route, route } from "./route.ts";

export const faultRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/faults",
    summary: "The faults in force, newest first: the order in which they see a request",
    answer: z.array(faultInForce),
    handle: (_, { faults }) => faults.list(),
  }),
  route({
    method: "get",
    path: "/api/faults/known",
    summary: "All kinds of fault: what each does, and its parameters",
    answer: z.array(knownFault),
    handle: () => faultCatalogue,
  }),
  route({
    method: "post",
    path: "/api/faults",
    summary: "Adds a fault",
    description: "The object of `smsc.behave`, as scenario files have it: keys in snake_case.",
    body: faultSchema,
    example: { fault: "refuse", status: "ESME_RTHROTTLED", every: 10, for: 60 },
    status: 201,
    answer: faultInForce,
    handle: ({ body, given }, { faults }) => faults.add(body, given),
  }),
  route({
    method: "delete",
    path: "/api/faults/{id}",
    summary: "Removes one fault",
    params: { id: wholeParameter().describe("The `id` of a fault in force") },
    status: 204,
    refusals: [404],
    handle: ({ path }, { faults }) => {
      if (!faults.end(path.id))
        throw new HttpError(404, "not_found", `no fault ${path.id} in force`);
    },
  }),
  route({
    method: "delete",
    path: "/api/faults",
    summary: "Removes all faults",
    status: 204,
    handle: (_, { smsc }) => smsc.behaveWell(),
  }),
];

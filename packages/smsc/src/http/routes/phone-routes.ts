/** Routes about what phones do besides texting, and what the message centre does by itself. */

import { HttpError } from "@esme/http";
import { isSmppError } from "@esme/pdu";
import { reasonOf } from "@esme/settings";
import { mapping } from "@esme/settings/schema";
import { z } from "zod";
import { alertAddress, wireText } from "../../input/input.ts";
import { sessionState, sessionStateOf } from "../views/state.ts";
import { phoneNumber } from "./parameters.ts";
import { type Route, route } from "./route.ts";

const number = phoneNumber.describe("The number of the phone");

const power = mapping({ on: z.boolean() }).meta({ id: "Power" });

export const phoneRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/phones/{number}/power",
    summary: "Whether a phone is on",
    params: { number },
    answer: power,
    handle: ({ path }, { smsc }) => ({ on: smsc.phone(path.number).isOn }),
  }),
  route({
    method: "post",
    path: "/api/phones/{number}/power",
    summary: "Switches a phone on or off",
    description:
      "Messages to a phone that is off wait until it is on or they expire. ESMEs that asked with set_dpf get an alert_notification when it is on again.",
    params: { number },
    body: power,
    example: { on: false },
    answer: power,
    handle: ({ path, body }, { smsc }) => {
      const phone = smsc.phone(path.number);
      if (body.on) phone.on();
      else phone.off();
      return { on: phone.isOn };
    },
  }),
  route({
    method: "post",
    path: "/api/alerts",
    summary: "Sends an alert_notification: the phone is available",
    body: mapping({
      source_addr: alertAddress.describe("The phone"),
      esme_addr: alertAddress.describe("The number of the ESME"),
      system_id: z.string().exactOptional().describe("The account. Default: any receiver"),
    }),
    example: { source_addr: "27820001001", esme_addr: "4711" },
    status: 204,
    refusals: [409],
    handle: ({ body: { system_id, ...fields } }, { smsc }) => {
      if (smsc.alert(fields, system_id)) return;
      throw new HttpError(409, "no_receiver", "no receiver is bound");
    },
  }),
  route({
    method: "post",
    path: "/api/outbind",
    summary: "Dials an ESME and asks it to bind (outbind)",
    body: mapping({
      port: z.int().min(1).max(65_535),
      host: z.string().default("127.0.0.1"),
      system_id: wireText(0, 15).exactOptional(),
      password: wireText(0, 8).exactOptional(),
    }),
    example: { port: 2776, password: "secret" },
    status: 201,
    answer: sessionState,
    refusals: [422],
    handle: async ({ body }, { smsc, rates }) =>
      sessionStateOf(await smsc.outbind(body).catch(untold), rates),
  }),
];

/** Errors of the peer and of the network are no fault of this server. */
function untold(error: unknown): never {
  const code = isSmppError(error) ? error.code : "failed";
  throw new HttpError(422, code, reasonOf(error));
}

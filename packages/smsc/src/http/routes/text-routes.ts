/** Routes about phones: the texts on them, and texts from them. */
import { HttpError } from "@esme/http";
import { reasonOf } from "@esme/settings";
import { z } from "zod";
import { mobileText } from "../../phones/mobile-text.ts";
import {
  mobileKey,
  type Page,
  type PhoneText,
  phone,
  phoneText,
  type TextFilter,
} from "../views/conversations.ts";
import type { ApiContext } from "./context.ts";
import { phoneNumber, waitParameter, wholeParameter } from "./parameters.ts";
import { type Route, route } from "./route.ts";

const limit = wholeParameter(1, 2_000)
  .default(100)
  .describe("At most this many, the last ones; fewer when they are long: a megabyte in all");

const before = wholeParameter()
  .exactOptional()
  .describe("Only texts with a smaller id. With the first id of a response: the page before it");

const filter = {
  other: z.string().exactOptional().describe("Only texts with this number at the other end"),
  direction: phoneText.shape.direction.exactOptional(),
  state: phoneText.shape.state.exactOptional(),
  after: wholeParameter().exactOptional().describe("Only texts with a greater id"),
  before,
  limit,
  wait: waitParameter.exactOptional(),
};

const receipt = z
  .strictObject({
    text: z.int().describe("The `id` of the text that it is about"),
    message_id: z.string(),
    stat: z.string().describe("DELIVRD, EXPIRED, UNDELIV, ..."),
    time: z.string(),
    phone: z.string(),
    other: z.string(),
    system_id: z.string(),
  })
  .meta({ id: "Receipt" });

export const textRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/phones",
    summary: "The phones that have texts, the one with the newest first",
    query: {
      before: wholeParameter()
        .exactOptional()
        .describe(
          "Only phones whose newest text has a smaller id. With the one of the last phone of a response: the next page",
        ),
      limit: wholeParameter(1, 2_000).default(1_000),
    },
    answer: z.array(phone),
    handle: ({ query }, { conversations }) => conversations.phones(query.before, pageOf(query)),
  }),
  route({
    method: "get",
    path: "/api/phones/{number}/texts",
    summary: "The texts of one phone, oldest first",
    params: { number: phoneNumber },
    query: filter,
    answer: z.array(phoneText),
    handle: ({ path, query, signal }, context) =>
      texts({ ...query, phone: path.number }, query, signal, context),
  }),
  route({
    method: "get",
    path: "/api/texts",
    summary: "The texts of all phones, oldest first",
    query: { phone: z.string().exactOptional().describe("Only this phone"), ...filter },
    answer: z.array(phoneText),
    handle: ({ query, signal }, context) => texts(query, query, signal, context),
  }),
  route({
    method: "get",
    path: "/api/texts/{id}",
    summary: "One text",
    params: { id: wholeParameter().describe("The `id` of a text") },
    answer: phoneText,
    refusals: [404],
    handle: ({ path }, { conversations }) => {
      const found = conversations.get(path.id);
      if (found === undefined) throw new HttpError(404, "not_found", `no text ${path.id} is kept`);
      return found;
    },
  }),
  route({
    method: "post",
    path: "/api/texts",
    summary: "A phone sends a text",
    description:
      "Responds at once with the text `queued`. With `wait` it responds when an ESME has taken the text, or when it failed.",
    query: { wait: waitParameter.exactOptional() },
    body: mobileText,
    example: {
      from: "27820001001",
      to: "4711",
      text: "yes please",
      method: "udh16",
      parts: 3,
      shuffle: true,
    },
    status: 202,
    answer: phoneText,
    refusals: [404, 422],
    handle: async ({ query, body, signal }, context) => sent(body, query, signal, context),
  }),
  route({
    method: "delete",
    path: "/api/texts",
    summary: "Forgets all texts",
    status: 204,
    handle: (_, { conversations }) => conversations.clear(),
  }),
  route({
    method: "get",
    path: "/api/receipts",
    summary: "The receipts of the texts that are kept, by text, oldest first",
    query: {
      system_id: z.string().exactOptional(),
      message_id: z.string().exactOptional(),
      before: wholeParameter()
        .exactOptional()
        .describe(
          "Only about texts with a smaller id. With the first `text` of a response: the page before it",
        ),
      limit: wholeParameter(1, 10_000)
        .default(1_000)
        .describe("At most this many, the last ones; those of one text stay together"),
    },
    answer: z.array(receipt),
    handle: ({ query }, { conversations }) => {
      const found: z.infer<typeof receipt>[][] = [];
      let room = query.limit;
      for (const text of conversations.texts({ before: query.before }).reverse()) {
        const receipts = receiptsOf(text, query);
        room -= receipts.length;
        if (room < 0 && found.length > 0) break;
        if (receipts.length > 0) found.push(receipts);
      }
      return found.reverse().flat();
    },
  }),
];

function receiptsOf(
  { id, receipts, phone, other, system_id }: PhoneText,
  wanted: { readonly system_id?: string; readonly message_id?: string },
): z.infer<typeof receipt>[] {
  if (system_id !== (wanted.system_id ?? system_id)) return [];
  return receipts
    .filter(({ message_id }) => message_id === (wanted.message_id ?? message_id))
    .map((each) => ({ text: id, ...each, phone, other, system_id }));
}

/** Octets of texts in one answer, about. */
const octets = 1 << 20;

function pageOf({ limit }: { readonly limit: number }): Page {
  return { texts: limit, octets };
}

/** What fits now; when nothing does, what fits as soon as something does. */
async function texts(
  filter: TextFilter,
  query: { limit: number; wait?: number },
  signal: AbortSignal,
  { conversations }: ApiContext,
): Promise<PhoneText[]> {
  const { wait = 0 } = query;
  const over = AbortSignal.any([signal, AbortSignal.timeout(wait * 1000)]);
  for (;;) {
    const found = conversations.texts(filter, pageOf(query));
    if (found.length > 0 || wait === 0 || over.aborted) return found;
    await conversations.changed(filter, over);
  }
}

async function sent(
  text: Parameters<ApiContext["smsc"]["deliver"]>[0],
  { wait = 0 }: { wait?: number },
  signal: AbortSignal,
  { smsc, conversations }: ApiContext,
): Promise<PhoneText> {
  let id = 0;
  const note = (report: { id: number }): void => {
    id = report.id;
  };
  // The first report comes before deliver returns its promise; what fails later is in the last one.
  smsc.once("mobile", note);
  const answered = smsc.deliver(text);
  smsc.off("mobile", note);
  if (id === 0) {
    const reason = await answered.catch((error: unknown) => error);
    throw new HttpError(422, "unsendable", reasonOf(reason));
  }
  answered.catch(() => {});
  const over = AbortSignal.any([signal, AbortSignal.timeout(wait * 1000)]);
  for (;;) {
    const found = conversations.find(mobileKey(id));
    if (found === undefined) throw new HttpError(404, "forgotten", "the text is not kept any more");
    if (found.state !== "queued" || wait === 0 || over.aborted) return found;
    const { phone, id: text } = found;
    await conversations.changed({ phone, after: text - 1, before: text + 1 }, over);
  }
}

/** Routes about phones: the texts on them, and texts from them. */
import { z } from "zod";
import { mobileKey, type PhoneText, phone, phoneText, type TextFilter } from "./conversations.ts";
import { mobileText, mobileTextOf } from "./mobile-text.ts";
import {
  type ApiContext,
  ApiError,
  type Route,
  route,
  waitParameter,
  wholeParameter,
} from "./route.ts";

const limit = wholeParameter(1, 2_000).default(100);

const filter = {
  other: z.string().exactOptional().describe("Only texts with this number at the other end"),
  direction: phoneText.shape.direction.exactOptional(),
  state: phoneText.shape.state.exactOptional(),
  after: wholeParameter().exactOptional().describe("Only texts with a greater id"),
  limit,
  wait: waitParameter.exactOptional(),
};

const receipt = z
  .strictObject({
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
    answer: z.array(phone),
    handle: (_, { conversations }) => conversations.phones(),
  }),
  route({
    method: "get",
    path: "/api/phones/{number}/texts",
    summary: "The texts of one phone, oldest first",
    params: { number: z.string() },
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
      if (found === undefined) throw new ApiError(404, "not_found", `no text ${path.id} is kept`);
      return found;
    },
  }),
  route({
    method: "post",
    path: "/api/texts",
    summary: "A phone sends a text",
    description:
      "Answers at once with the text `queued`. With `wait` it answers when an ESME has taken it, or when it failed.",
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
    refusals: [422],
    handle: async ({ query, body, signal }, context) =>
      sent(mobileTextOf(body), query, signal, context),
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
    summary: "The receipts about the texts that are kept, by text",
    query: { system_id: z.string().exactOptional(), message_id: z.string().exactOptional() },
    answer: z.array(receipt),
    handle: ({ query }, { conversations }) =>
      conversations
        .texts()
        .filter(({ system_id }) => system_id === (query.system_id ?? system_id))
        .flatMap(({ receipts, phone, other, system_id }) =>
          receipts.map((each) => ({ ...each, phone, other, system_id })),
        )
        .filter(({ message_id }) => message_id === (query.message_id ?? message_id)),
  }),
];

/** What fits now; when nothing does, what fits as soon as something does. */
async function texts(
  filter: TextFilter,
  { limit, wait = 0 }: { limit: number; wait?: number },
  signal: AbortSignal,
  { conversations }: ApiContext,
): Promise<PhoneText[]> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(wait * 1000)]);
  for (;;) {
    const found = conversations.texts(filter, limit);
    if (found.length > 0 || wait === 0 || over.aborted) return found;
    await conversations.changed(over);
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
    throw new ApiError(
      422,
      "unsendable",
      reason instanceof Error ? reason.message : String(reason),
    );
  }
  answered.catch(() => {});
  const over = AbortSignal.any([signal, AbortSignal.timeout(wait * 1000)]);
  for (;;) {
    const found = conversations.find(mobileKey(id));
    if (found === undefined) throw new ApiError(500, "forgotten", "the text is not kept any more");
    if (found.state !== "queued" || wait === 0 || over.aborted) return found;
    await conversations.changed(over);
  }
}

/** The body of an HTTP request as JSON, never more than it may be. */

import type { IncomingMessage } from "node:http";
import { reasonOf } from "@esme/settings";
import { ApiError } from "./routes/route.ts";

/** The longest body taken, in octets. */
const limit = 1 << 20;

/** What the body says; undefined when it is empty. Throws ApiError 400 and 413. */
export async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > limit) {
      throw new ApiError(413, "too_long", `the body is longer than ${limit} octets`);
    }
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    const reason = reasonOf(error);
    throw new ApiError(400, "bad_json", `the body is no JSON: ${reason}`);
  }
}

/** Reports errors that the worker logs to Sentry, where `sentry_dsn` asks for it. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { makeNodeTransport, NodeClient, NodeOptions, Scope } from "@sentry/node";
import { configError } from "../config/config-error.ts";
import { loadModule } from "../config/load-module.ts";
import type { TransportConfig } from "../config/settings.ts";
import { withoutNumbers, withoutPasswords, withoutValues } from "../config/values/redaction.ts";
import type { Logger } from "./logger.ts";

/** Where errors are reported. */
export interface ErrorReports {
  /** Reports a line of the log: its `err`, or its message where there is none. Never throws. */
  capture(fields: object, message: string): void;
  /** Waits for reports under way, in milliseconds at most. False when some were not taken. */
  close(timeout: number): Promise<boolean>;
}

/** Fields of a log line that go along. All others stay here: they may say what people wrote. */
const shared = ["code", "event_type", "host", "message_id", "port", "queue", "reason"] as const;

/**
 * Undefined without `sentry_dsn`. Reports are without `secrets`. The package is looked up as classes are: from the folder of the
 * configuration, then from where the worker is.
 *
 * @throws ConfigError when the package is not installed, with the command that installs it
 */
export async function openSentry(
  { sentry_dsn, transport_name }: Pick<TransportConfig, "sentry_dsn" | "transport_name">,
  classFolder: string,
  secrets: readonly string[] = [],
  specifier = "@sentry/node",
): Promise<ErrorReports | undefined> {
  const dsn = sentry_dsn.reveal();
  if (dsn === "") return undefined;
  let sentry: typeof import("@sentry/node");
  try {
    // The peer dependency's range says which module this is.
    sentry = (await loadModule(specifier, classFolder)) as typeof import("@sentry/node");
  } catch (cause) {
    const problem = `sentry_dsn: the package ${specifier} is not installed: npm install ${specifier}`;
    throw configError([problem], { cause });
  }
  const open = new Set<ClientRequest>();
  const client = new sentry.NodeClient({
    dsn,
    transport: (options) =>
      sentry.makeNodeTransport({ ...options, httpModule: { request: requesting(open) } }),
    stackParser: sentry.defaultStackParser,
    // Nothing that looks at the process by itself: what is reported is what is logged.
    integrations: [sentry.linkedErrorsIntegration(), sentry.dedupeIntegration()],
    sendClientReports: false,
    beforeSend: (event) => scrubbed(event, (text) => seen(withoutValues(text, secrets))),
  });
  client.init();
  const scope = new sentry.Scope();
  scope.setClient(client);
  scope.setTag("transport_name", transport_name);
  return reportsOf(client, scope, open);
}

function reportsOf(client: NodeClient, scope: Scope, open: Set<ClientRequest>): ErrorReports {
  return {
    capture(fields, message) {
      const err: unknown = Reflect.get(fields, "err");
      const extra: Record<string, unknown> = { message };
      for (const key of shared) {
        const value: unknown = Reflect.get(fields, key);
        if (value !== undefined) extra[key] = value;
      }
      if (err === undefined) scope.captureMessage(message, "error", { captureContext: { extra } });
      else scope.captureException(err, { captureContext: { extra } });
    },
    async close(timeout) {
      const sent = await client.close(timeout);
      // An endpoint that takes nothing must not keep the process from ending.
      for (const request of open) request.destroy();
      return sent;
    },
  };
}

type SentryEvent = Parameters<NonNullable<NodeOptions["beforeSend"]>>[0];

/** The event with nothing in it that a person wrote or that is a secret, as far as can be told. */
function scrubbed(event: SentryEvent, clean: (text: string) => string): SentryEvent {
  const { breadcrumbs: _b, request: _r, user: _u, ...rest } = event;
  for (const exception of rest.exception?.values ?? []) {
    if (exception.value !== undefined) exception.value = clean(exception.value);
  }
  if (rest.message !== undefined) rest.message = clean(rest.message);
  for (const [key, value] of Object.entries(rest.extra ?? {})) {
    if (typeof value === "string" && key !== "message_id")
      rest.extra = { ...rest.extra, [key]: clean(value) };
  }
  return rest;
}

function seen(text: string): string {
  return withoutNumbers(withoutPasswords(text));
}

type HttpModule = NonNullable<Parameters<typeof makeNodeTransport>[0]["httpModule"]>;

/** Node's `request`, remembering those that are not answered yet. */
function requesting(open: Set<ClientRequest>): HttpModule["request"] {
  return (options, callback) => {
    const secure = Reflect.get(Object(options), "protocol") === "https:";
    // The SDK's own default is Node's `request`: its callback takes what that gives.
    const answered = callback as ((response: IncomingMessage) => void) | undefined;
    const request = (secure ? httpsRequest : httpRequest)(options, answered);
    open.add(request);
    return request.once("close", () => open.delete(request));
  };
}

/** The same logger, whose errors are reported too, once there is somewhere to. */
export function reporting(logger: Logger, reports: () => ErrorReports | undefined): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => {
      logger.error(fields, message);
      reports()?.capture(fields, message);
    },
  };
}

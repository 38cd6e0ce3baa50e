/** What the configuration means for the sessions: options of clients and of their queues. */

import type { ConnectionOptions } from "node:tls";
import type { ClientOptions, RequestQueueOptions } from "@esme/client";
import type { Codec, PduError } from "@esme/pdu";
import type { Sequencer } from "@esme/sequencers";
import { reasonOf } from "@esme/settings";
import { configError } from "../config/config-error.ts";
import { longestPassword, type TransportConfig } from "../config/settings.ts";
import { stopTime } from "../config/stop-time.ts";
import { readTlsFiles } from "../config/tls-files.ts";
import { StatusTable } from "../config/values/status-table.ts";
import { codecWith } from "../config/values/vendor-tlvs.ts";
import { type Logger, pdusLogged } from "../log/logger.ts";

/** Inbound PDUs in hand of a session; the worker refuses more by itself, so reading never stops. */
const inboundConcurrency = 10_000;

/**
 * What all sessions have in common.
 *
 * @throws ConfigError for a file of TLS that cannot be read, for TLVs that cannot be
 */
export function clientOptions(
  config: TransportConfig,
  sequencer: Sequencer,
  logger: Logger,
): ClientOptions {
  const { reconnect } = config;
  const statuses = new StatusTable(config.statuses);
  return {
    ...queueOptions(config, statuses),
    tls: tlsOptions(config),
    codec: codecOf(config, () => {}),
    sequencer,
    window: windowOf(config),
    priorityWindow: config.priority_queue ? Math.ceil(windowOf(config) / priorityShare) : 0,
    connectTimeout: config.smpp_connect_timeout * 1_000,
    bindTimeout: config.smpp_bind_timeout * 1_000,
    unbindTimeout: stopTime(config.drain_timeout).unbind,
    enquireLinkInterval: config.smpp_enquire_link_interval * 1_000,
    enquireLinkAlways: config.smpp_enquire_link_always,
    enquireLinkTimeout: config.smpp_enquire_link_timeout * 1_000,
    inactivityTimeout: config.smpp_inactivity_timeout * 1_000,
    inboundConcurrency,
    reconnect: {
      initialDelay: reconnect.initial_delay * 1_000,
      maxDelay: reconnect.max_delay * 1_000,
      alreadyBoundDelay: reconnect.already_bound_delay * 1_000,
      refusedDelay: reconnect.refused_delay * 1_000,
      refusedStatuses: statuses.withReaction("stop", "retry"),
    },
    logger: details(logger),
    logPdus: pdusLogged(config),
  };
}

/** One place in so many is kept for messages of `<transport_name>.outbound.high`. */
const priorityShare = 10;

/** Requests that may be unanswered on one session. */
export function windowOf({ smpp_window, worker_concurrency }: TransportConfig): number {
  return smpp_window || worker_concurrency;
}

/**
 * The codec of this configuration; `tolerate` hears of what it lives with.
 *
 * @throws ConfigError for TLVs that cannot be
 */
export function codecOf(
  { tlvs, allow_long_password }: TransportConfig,
  tolerate: (problem: PduError) => void,
): Codec {
  try {
    return codecWith(tlvs, allow_long_password ? longestPassword : 8, tolerate);
  } catch (cause) {
    throw configError([`tlvs: ${reasonOf(cause)}`], {
      cause,
    });
  }
}

function queueOptions(config: TransportConfig, statuses: StatusTable): RequestQueueOptions {
  const { throttle } = config;
  return {
    requestTimeout: config.smpp_response_timeout * 1_000,
    throttleStatuses: throttleStatuses(config, statuses),
    throttlePause: throttle.initial_pause * 1_000,
    maxThrottlePause: throttle.max_pause * 1_000,
  };
}

/** The command_status values that pause all sending. */
export function throttleStatuses(
  { throttle }: TransportConfig,
  statuses: StatusTable,
): readonly number[] {
  return [...throttle.statuses, ...statuses.withReaction("throttle")];
}

/** The options of `tls.connect`, with the files read. */
function tlsOptions({ tls }: TransportConfig): ConnectionOptions | undefined {
  if (!tls.enabled) return undefined;
  const files = readTlsFiles(tls, "tls");
  if ("problems" in files) {
    throw configError(files.problems.map(({ key, problem }) => `tls.${key}: ${problem}`));
  }
  return {
    ...files.options,
    ...(tls.servername !== "" && { servername: tls.servername }),
    ...(!tls.check_servername && { checkServerIdentity: () => undefined }),
    minVersion: tls.min_version,
    rejectUnauthorized: tls.reject_unauthorized,
  };
}

/** The client's own lines: the worker tells what matters from its events. */
function details(logger: Logger): Logger {
  const debug = (fields: object, message: string): void => logger.debug(fields, message);
  return { debug, info: debug, warn: debug, error: debug };
}

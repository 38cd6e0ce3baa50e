/** What does not go together in a configuration whose keys are right one by one. */
import { isLocal, parseBindAddress } from "@esme/http";
import { RedisConnection, redisOptions } from "@esme/redis";
import { faultIn, numberIn, readOptions, reasonOf } from "@esme/settings";
import { rateRedis, type TransportConfig } from "./settings.ts";
import { secretsIn, withoutValues } from "./values/redaction.ts";
import type { Secret } from "./values/secret.ts";

/** A key whose value does not go with that of another. */
interface Conflict {
  readonly path: readonly (string | number)[];
  readonly got: unknown;
  readonly expected: string;
}

/** What is wrong inside a mapping that another package checks: a sentence. */
interface Refusal {
  readonly path: readonly (string | number)[];
  readonly says: string;
}

/** Every conflict; the configuration is right without one. */
export function conflicts(config: TransportConfig): readonly (Conflict | Refusal)[] {
  const { outbind, mt_tps } = config;
  const found: (Conflict | Refusal)[] = [];
  if (config.amqp_urls.length > 0 && config.amqp_url.reveal() !== "") {
    found.push({ path: ["amqp_urls"], says: "expected nothing beside amqp_url" });
  }
  found.push(...wrongQueueArguments(config));
  const ledger = wrongRedis(config.ledger.url, "ledger.url", config, "ledger_redis_config");
  if (ledger !== undefined) found.push({ path: ["ledger_redis_config"], says: ledger });
  const redis = wrongRedis(
    config.mt_tps_redis_url,
    "mt_tps_redis_url",
    config,
    "mt_tps_redis_config",
  );
  if (redis !== undefined) {
    found.push({ path: ["mt_tps_redis_config"], says: redis });
  } else if (rateRedis(config) !== undefined && mt_tps === 0) {
    found.push({ path: ["mt_tps"], got: mt_tps, expected: "the rate that is to be shared" });
  }
  if (isOpen(outbind.listen) && outbind.system_id === "" && outbind.password.reveal() === "") {
    found.push({
      path: ["outbind", "listen"],
      got: outbind.listen,
      expected:
        "a loopback address, or else outbind.system_id or outbind.password: whoever sends an outbind there is sent this account's password",
    });
  }
  if (!config.allow_long_password) {
    const expected = "at most 8 characters, or allow_long_password where the SMSC takes more";
    const own = config.binds.map(({ password }, index) => ({
      path: ["binds", index, "password"],
      password: password ?? config.password,
    }));
    for (const { path, password } of [{ path: ["password"], password: config.password }, ...own]) {
      const isOwn = path.length === 1 || password !== config.password;
      const got = password.reveal();
      if (isOwn && got.length > 8) found.push({ path, got, expected });
    }
  }
  return found;
}

function wrongQueueArguments({ queue_arguments }: TransportConfig): (Conflict | Refusal)[] {
  return Object.entries(queue_arguments).flatMap(([name, got]): (Conflict | Refusal)[] => {
    const path = ["queue_arguments", name];
    if (name === "x-queue-type") return [{ path, says: "expected it as queue_type" }];
    if (["boolean", "number", "string"].includes(typeof got)) return [];
    return [{ path, got, expected: "a number, true, false, or text" }];
  });
}

/** What is wrong with the address of a Redis in a mapping, which stands in place of a URL. */
function wrongRedis(
  url: Secret,
  urlKey: string,
  config: TransportConfig,
  key: "mt_tps_redis_config" | "ledger_redis_config",
): string | undefined {
  const { [key]: address } = config;
  if (Object.keys(address).length === 0) return undefined;
  if (url.reveal() !== "") return `expected nothing beside ${urlKey}`;
  try {
    const fault = faultIn(address, redisOptions, { prepare: numberIn });
    if (fault !== undefined) return fault.says;
    new RedisConnection(readOptions(key, address, redisOptions));
    return undefined;
  } catch (error) {
    return withoutValues(reasonOf(error), secretsIn(address));
  }
}

/** True for a place that other machines can reach. A name other than localhost may lead anywhere. */
const isOpen = (where: string): boolean => {
  const bind = parseBindAddress(where);
  return bind !== undefined && !isLocal(bind);
};

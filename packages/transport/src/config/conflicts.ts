/** What does not go together in a configuration whose keys are right one by one. */
import { isLocal, parseBindAddress } from "@esme/http";
import { RedisConnection, redisOptions } from "@esme/redis";
import { faultIn, numberIn, readOptions, reasonOf } from "@esme/settings";
import { rateRedis, type TransportConfig } from "./settings.ts";
import { secretsIn, withoutValues } from "./values/redaction.ts";

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
  const redis = wrongRateRedis(config);
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

function wrongRateRedis({ mt_tps_redis_url, mt_tps_redis_config }: TransportConfig) {
  if (Object.keys(mt_tps_redis_config).length === 0) return undefined;
  if (mt_tps_redis_url.reveal() !== "") return "expected nothing beside mt_tps_redis_url";
  try {
    const fault = faultIn(mt_tps_redis_config, redisOptions, { prepare: numberIn });
    if (fault !== undefined) return fault.says;
    new RedisConnection(readOptions("mt_tps_redis_config", mt_tps_redis_config, redisOptions));
    return undefined;
  } catch (error) {
    return withoutValues(reasonOf(error), secretsIn(mt_tps_redis_config));
  }
}

/** True for a place that other machines can reach. A name other than localhost may lead anywhere. */
const isOpen = (where: string): boolean => {
  const bind = parseBindAddress(where);
  return bind !== undefined && !isLocal(bind);
};

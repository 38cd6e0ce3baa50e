/** The Redis of the account's rate, as a configuration says where it is. */
import { expect, test } from "vitest";
import { checkConfig } from "../src/config/config.ts";

const sentinels = ["redis://:Hunter22@10.0.0.1"];

test.each<[object]>([
  [{ url: "redis://:Hunter22@primary", sentinels, replicas: "2" }],
  [{ cluster: ["rediss://10.0.0.1"] }],
])("%o is a place", (mt_tps_redis_config) => {
  const config = { mt_tps: 5, mt_tps_redis_config: { ...mt_tps_redis_config } };
  expect(checkConfig(config).config.mt_tps_redis_config).toEqual(mt_tps_redis_config);
});

test.each<[object, object, string]>([
  [{ sentinels }, {}, "mt_tps_redis_config: url: expected redis://host:port, or cluster"],
  [
    { urll: "redis://:Hunter22@h" },
    {},
    "mt_tps_redis_config: unknown option urll (string), did you mean url?",
  ],
  [
    { url: "redis://h" },
    { mt_tps_redis_url: "redis://:Hunter22@h" },
    "mt_tps_redis_config: expected nothing beside mt_tps_redis_url",
  ],
  [{ url: "redis://h" }, { mt_tps: 0 }, "mt_tps: expected the rate that is to be shared"],
])("%o beside %o is refused in a sentence without secrets", (redis, more, says) => {
  const check = () => checkConfig({ mt_tps: 5, mt_tps_redis_config: { ...redis }, ...more });
  expect(check).toThrow(says);
  expect(check).not.toThrow(/Hunter22/);
});

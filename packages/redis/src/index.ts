export { type RedisAddress, type RedisTls, redisOptions } from "./redis-address.ts";
export { RedisConnection } from "./redis-connection.ts";
export { RedisError } from "./redis-error.ts";
export { type RedisClient, type RedisKey, type RedisScript, redisScript } from "./redis-script.ts";

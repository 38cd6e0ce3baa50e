export { ConfigError } from "@esme/settings";
export {
  type Broker,
  BrokerError,
  type BrokerEvents,
  type Consumer,
  type Delivery,
} from "./broker/broker.ts";
export { MemoryBroker, type MemoryBrokerOptions } from "./broker/memory-broker.ts";
export { RabbitBroker, type RabbitBrokerOptions } from "./broker/rabbit-broker.ts";
export { type ConfigSources, checkConfig, type LoadedConfig, loadConfig } from "./config/config.ts";
export type { TransportConfig, TransportConfigInput } from "./config/settings.ts";
export { Secret } from "./config/values/secret.ts";
export { createLogger, type Logger } from "./log/logger.ts";
export { LoggingMiddleware } from "./middleware/logging-middleware.ts";
export type { Middleware, MiddlewareDeps } from "./middleware/middleware.ts";
export { TransliterationMiddleware } from "./middleware/transliteration-middleware.ts";
export { SmppTransport, type TransportDeps } from "./smpp-transport.ts";
export type { Health } from "./status/health.ts";

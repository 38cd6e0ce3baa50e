export {
  type Broker,
  BrokerError,
  type BrokerEvents,
  type Consumer,
  type Delivery,
} from "./broker.ts";
export {
  ConfigError,
  type ConfigSources,
  checkConfig,
  type LoadedConfig,
  loadConfig,
} from "./config.ts";
export type { Health } from "./health.ts";
export { createLogger, type Logger } from "./logger.ts";
export { LoggingMiddleware } from "./logging-middleware.ts";
export { MemoryBroker, type MemoryBrokerOptions } from "./memory-broker.ts";
export type { Middleware, MiddlewareDeps } from "./middleware.ts";
export { RabbitBroker, type RabbitBrokerOptions } from "./rabbit-broker.ts";
export { Secret } from "./secret.ts";
export type { TransportConfig, TransportConfigInput } from "./settings.ts";
export { SmppTransport, type TransportDeps } from "./smpp-transport.ts";
export { TransliterationMiddleware } from "./transliteration-middleware.ts";

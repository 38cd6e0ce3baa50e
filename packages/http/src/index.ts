export {
  type BindAddress,
  isLocal,
  isLoopback,
  listenError,
  parseBindAddress,
} from "./bind-address.ts";
export { readBody, readJson } from "./body.ts";
export { EventStream, eventText } from "./event-stream.ts";
export { type Guard, hostGuard, isHostName, pageRefusal, typeRefusal } from "./guard.ts";
export { HttpError } from "./http-error.ts";
export { HttpServer, type ServerLimits } from "./http-server.ts";
export {
  type Exchange,
  json,
  type ListenerOptions,
  listenerOf,
  type Reply,
  type Route,
} from "./listener.ts";

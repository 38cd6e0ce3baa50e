/** RabbitMQ for tests: one node. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  hasRabbitmq,
  type RabbitmqFaults,
  RabbitmqNode,
  rabbitmqService,
} from "./rabbitmq-node.ts";
import { freePort, type RunningService, type ServiceKind } from "./service.ts";

export const rabbitmq: ServiceKind = { ...rabbitmqService, start: () => startRabbitmq() };

/** A RabbitMQ of a test's own, which may treat it badly. */
export interface OwnRabbitmq extends RunningService, RabbitmqFaults {}

/** What a server is started with, where a test wants it otherwise. */
export interface RabbitmqOptions {
  /** More lines of `rabbitmq.conf`. */
  readonly settings?: readonly string[];
}

/** Resolves with undefined when there is no `rabbitmq-server` on PATH. */
export async function startRabbitmq({
  settings = [],
}: RabbitmqOptions = {}): Promise<OwnRabbitmq | undefined> {
  if (!hasRabbitmq()) return undefined;
  const [port, names] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), "esme-rabbitmq-"));
  const clean = () => rm(folder, { recursive: true, force: true });
  try {
    const node = await RabbitmqNode.start({ folder, home: folder, names, port }, settings);
    const stop = async () => {
      await node.end();
      await node.endNames();
      await clean();
    };
    return {
      url: node.url,
      origin: "started",
      stop,
      kill: () => node.kill(),
      restart: () => node.restart(),
      freeze: () => node.freeze(),
      thaw: () => node.thaw(),
      alarm: () => node.alarm(),
      calm: () => node.calm(),
      control: (...words) => node.control(...words),
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

/** The plug-ins of a worker, built from the classes and configurations that are given. */

import type { OnIncomplete, SmppCache } from "@esme/caches";
import { InMemoryLedger, type Ledger } from "@esme/ledger";
import { RedisLedger, type RedisLedgerOptions } from "@esme/ledger/redis";
import {
  type DeliverProcessor,
  type SubmitProcessor,
  SubmitShortMessageProcessor,
} from "@esme/processors";
import type { Sequencer } from "@esme/sequencers";
import { reasonOf } from "@esme/settings";
import { configError } from "../config/config-error.ts";
import { ledgerAddress, type TransportConfig } from "../config/settings.ts";
import { stopTime } from "../config/stop-time.ts";
import { secretsIn, withoutValues } from "../config/values/redaction.ts";
import type { VendorTlvSettings } from "../config/values/vendor-tlvs.ts";
import type { Logger } from "../log/logger.ts";
import { isBuiltIn, loadClass } from "./load-class.ts";
import { buildMiddlewares, type Middlewares } from "./middlewares.ts";
import { checkedDeliver, checkedSubmit } from "./plug-in-results.ts";
import { PlugInShutdown } from "./plug-in-shutdown.ts";
import { SharedReferences } from "./shared-references.ts";

/** What the worker is made of, beside its broker and its link. */
export interface PlugIns {
  readonly sequencer: Sequencer;
  readonly cache: SmppCache;
  /** What the SMSC may have of each message; absent without `ledger.url`. */
  readonly ledger?: Ledger | undefined;
  readonly submit: SubmitProcessor;
  readonly shortMessages: DeliverProcessor;
  readonly deliveryReports: DeliverProcessor;
  readonly middlewares: Middlewares;
  /** Gives back what they opened, within so many milliseconds; never rejects. */
  close(timeout: number): Promise<void>;
}

/** What a class gets as its second argument; the later plug-ins get the earlier ones too. */
export interface PlugInDeps {
  readonly logger: Logger;
  readonly transportName: string;
  /** The account: what is shared between workers is shared by those of one account. */
  readonly host: string;
  readonly system_id: string;
  /** Hears of inbound messages that were given up because a part never came. */
  readonly onIncomplete: OnIncomplete;
  /** The TLVs of this connection, as configured: PDUs have them under their names. */
  readonly tlvs: VendorTlvSettings;
  readonly sequencer?: Sequencer;
  readonly cache?: SmppCache;
  /** Numbers for the references of long texts, where the workers of the account can share them. */
  readonly referenceSequencer?: Sequencer | undefined;
}

/** The configuration keys of one plug-in, and the methods that make it one. */
interface Role<T> {
  readonly name:
    | "sequencer"
    | "smpp_cache"
    | "submit_sm_processor"
    | "sm_processor"
    | "dr_processor";
  readonly is: string;
  readonly fits: (plugIn: object) => plugIn is T & object;
  /** The same with its results checked: for classes of others. `name` is the key and the class. */
  readonly checked?: (plugIn: T, name: string) => T;
}

const has =
  <T>(...methods: (keyof T & string)[]) =>
  (plugIn: object): plugIn is T & object =>
    methods.every((method) => typeof Reflect.get(plugIn, method) === "function");

const sequencer: Role<Sequencer> = {
  name: "sequencer",
  is: "a sequencer, which has next()",
  fits: has("next"),
};

const cache: Role<SmppCache> = {
  name: "smpp_cache",
  is: "an SMPP cache, which has storeMultipart() and others",
  fits: has(
    "storeMultipart",
    "storeSmppMessageId",
    "fetchSmppMessageId",
    "deleteSmppMessageId",
    "close",
  ),
};

const submitProcessor: Role<SubmitProcessor> = {
  name: "submit_sm_processor",
  is: "a submit_sm processor, which has handleOutboundMessage()",
  fits: has("handleOutboundMessage"),
  checked: checkedSubmit,
};

const deliverProcessor = (name: "sm_processor" | "dr_processor"): Role<DeliverProcessor> => ({
  name,
  is: "a processor of deliver_sm, which has handleDeliverSm()",
  fits: has("handleDeliverSm"),
  checked: checkedDeliver,
});

/**
 * Loads the classes and makes the plug-ins, in the order in which they need each other. When one
 * cannot be made, those before it are closed.
 *
 * @throws ConfigError naming the key and what is wrong: with the name, the module, the class, or
 *   with what the class says of its configuration
 */
export async function buildPlugIns(
  config: TransportConfig,
  logger: Logger,
  classFolder: string,
  onIncomplete: OnIncomplete,
): Promise<PlugIns> {
  const shutdown = new PlugInShutdown(logger);
  try {
    return await made(config, logger, classFolder, onIncomplete, shutdown);
  } catch (error) {
    await shutdown.close(stopTime(config.drain_timeout).close);
    throw error;
  }
}

async function made(
  config: TransportConfig,
  logger: Logger,
  classFolder: string,
  onIncomplete: OnIncomplete,
  shutdown: PlugInShutdown,
): Promise<PlugIns> {
  const build = builder(config, classFolder, shutdown);
  const given: PlugInDeps = {
    logger,
    transportName: config.transport_name,
    host: config.host,
    system_id: config.system_id,
    tlvs: config.tlvs,
    onIncomplete,
  };
  const numbers = await build(sequencer, given);
  const memory = await build(cache, { ...given, sequencer: numbers });
  const secrets = secretsIn(config.smpp_cache_config);
  const references = await named("smpp_cache_config", secrets, async () =>
    referencesOf(config, logger),
  );
  if (references !== undefined) shutdown.add("references", references);
  const ledger = ledgerOf(config);
  if (ledger !== undefined) shutdown.add("ledger", ledger);
  const deps = { ...given, sequencer: numbers, cache: memory, referenceSequencer: references };
  shutdown.next();
  return {
    sequencer: numbers,
    cache: memory,
    ledger,
    submit: await build(submitProcessor, deps),
    shortMessages: await build(deliverProcessor("sm_processor"), deps),
    deliveryReports: await build(deliverProcessor("dr_processor"), deps),
    middlewares: await buildMiddlewares(config, logger, classFolder, shutdown),
    close: (timeout) => shutdown.close(timeout),
  };
}

/** Workers that share the parts and ids of an account in Redis share the references there, too. */
function referencesOf(config: TransportConfig, logger: Logger): SharedReferences | undefined {
  const { smpp_cache_class, smpp_cache_config, host, system_id } = config;
  const { url, sentinels, cluster, tls, prefix = "esme:smpp" } = smpp_cache_config;
  if (smpp_cache_class !== "@esme/caches/redis#RedisSmppCache") return undefined;
  const address = { url, sentinels, cluster, tls };
  const key = `${prefix}:reference:${host}:${system_id}`;
  return new SharedReferences({ address, key }, logger);
}

function ledgerOf(config: TransportConfig): Ledger | undefined {
  const address = ledgerAddress(config);
  const { ttl } = config.ledger;
  if (address === undefined) return undefined;
  if (address === "memory:") return new InMemoryLedger({ ttl });
  const prefix = `esme:ledger:${config.transport_name}`;
  // The configuration was checked: it is an address of Redis.
  return new RedisLedger({ ...address, prefix, ttl } as RedisLedgerOptions);
}

function builder(config: TransportConfig, classFolder: string, shutdown: PlugInShutdown) {
  return async <T>(role: Role<T>, deps: PlugInDeps): Promise<T> => {
    const key = `${role.name}_class` as const;
    const PartClass = await named(key, [], () => loadClass(config[key], classFolder));
    const own = ownConfig(PartClass, config[key], config[`${role.name}_config`], deps.logger);
    const plugIn = await named(`${role.name}_config`, secretsIn(own), async () => {
      // The class itself checks what it is given: nothing is known here about its configuration.
      return new PartClass(own as never, deps as never);
    });
    shutdown.add(key, plugIn);
    const name = `${key}: ${config[key]}`;
    if (!role.fits(plugIn)) throw configError([`${name} is not ${role.is}`]);
    const { checked } = role;
    return checked === undefined || isBuiltIn(config[key]) ? plugIn : checked(plugIn, name);
  };
}

/**
 * vumi2 documents that it ignores its configuration, so a file written for vumi2 may have anything
 * there. Under the name of ours an unknown key is an error.
 */
const ignoresConfig = "vumi2.transports.smpp.sequencers.InMemorySequencer";

function ownConfig(PartClass: unknown, name: string, given: object, logger: Logger): object {
  if (name !== ignoresConfig) return { ...usual(PartClass), ...given };
  const keys = Object.keys(given);
  if (keys.length > 0) logger.warn({ keys }, `sequencer_config is ignored, as ${name} does`);
  return {};
}

/** A worker's texts have any length; the class alone would refuse the long ones, as vumi2's. */
function usual(PartClass: unknown): object {
  return PartClass === SubmitShortMessageProcessor ? { multipart_handling: "multipart_udh" } : {};
}

/** What goes wrong is told with the key in front, and without what the class was told in confidence. */
async function named<T>(
  key: string,
  secrets: readonly string[],
  make: () => Promise<T>,
): Promise<T> {
  try {
    return await make();
  } catch (error) {
    const reason = reasonOf(error);
    throw configError([`${key}: ${withoutValues(reason, secrets)}`], { cause: error });
  }
}

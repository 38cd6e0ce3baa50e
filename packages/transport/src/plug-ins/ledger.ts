/** The ledger that the configuration asks for. */
import { InMemoryLedger, type Ledger } from "@esme/ledger";
import { RedisLedger, type RedisLedgerOptions } from "@esme/ledger/redis";
import { ledgerAddress, type TransportConfig } from "../config/settings.ts";

/** Undefined where none is asked for. */
export function ledgerOf(config: TransportConfig): Ledger | undefined {
  const address = ledgerAddress(config);
  const { ttl } = config.ledger;
  if (address === undefined) return undefined;
  if (address === "memory:") return new InMemoryLedger({ ttl });
  const prefix = `esme:ledger:${config.transport_name}`;
  // The configuration was checked: it is an address of Redis.
  return new RedisLedger({ ...address, prefix, ttl } as RedisLedgerOptions);
}

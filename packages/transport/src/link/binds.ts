/** The sessions that a configuration asks for: where each goes, and what it binds as. */
import type { Bind, BindMode } from "@esme/client";
import type { Connection, TransportConfig } from "../config/settings.ts";
import { interfaceVersions } from "../config/values/scalars.ts";

/** One session to have with an SMSC. */
export interface BindPlan {
  readonly host: string;
  readonly port: number;
  readonly bind: Bind;
}

/** What each word of `bind_mode` means in sessions. */
const modes: Readonly<Record<TransportConfig["bind_mode"], readonly BindMode[]>> = {
  transceiver: ["transceiver"],
  transmitter: ["transmitter"],
  receiver: ["receiver"],
  split: ["transmitter", "receiver"],
};

/** One plan for each session: `binds` with their `count`, `split` as two. */
export function bindPlans(config: TransportConfig): BindPlan[] {
  return config.binds.flatMap((connection) =>
    Array.from({ length: connection.count }, () =>
      modes[connection.bind_mode ?? config.bind_mode].map((mode) =>
        planOf(config, connection, mode),
      ),
    ).flat(),
  );
}

function planOf(config: TransportConfig, connection: Connection, mode: BindMode): BindPlan {
  const { host, port, system_id, password, system_type, address_range } = connection;
  return {
    host: host ?? config.host,
    port: port ?? config.port,
    bind: {
      mode,
      system_id: system_id ?? config.system_id,
      password: (password ?? config.password).reveal(),
      system_type: system_type ?? config.system_type,
      interface_version: interfaceVersions.get(config.interface_version) ?? 0x34,
      addr_ton: config.addr_ton,
      addr_npi: config.addr_npi,
      address_range: address_range ?? config.address_range,
    },
  };
}

/** Whether a session bound so can send messages. */
export const sends = (mode: BindMode): boolean => mode !== "receiver";

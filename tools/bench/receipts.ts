/** Receipts that nobody waits for, and receipts before their submit_sm_resp: how fast, and how many match. */
import { randomUUID } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { newMessage, parseEvent } from "@esme/messages";
import { encode, Framer } from "@esme/pdu";
import { findService, missingLine } from "@esme/services/find";
import { redis } from "@esme/services/redis";
import { type Logger, SmppTransport, type TransportConfigInput } from "@esme/transport";

const count = 10_000;
const window = 10;
const least = 3_000;
/** Messages whose receipt comes before the answer to them, and by how many milliseconds at most. */
const early = { count: 500, most: 1_900 };

const command = {
  submit_sm: 0x4,
  deliver_sm_resp: 0x80000005,
  bind_transceiver: 0x9,
  unbind: 0x6,
  enquire_link: 0x15,
};

/** An SMSC of ready-made octets, so that its share of the machine stays small. */
class ReceiptSmsc {
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #answered: ((status: number) => void)[] = [];
  #socket: Socket | undefined;
  #sequence = 0;
  #id = 0;

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): void {
    this.#server.close();
  }

  /** Delivers receipts for unknown ids; resolves with how many were refused. */
  async flood(): Promise<number> {
    let [sent, refused] = [0, 0];
    const one = async (): Promise<void> => {
      while (sent < count) {
        sent += 1;
        if ((await this.#deliver(`unknown-${this.#sequence}`)) !== 0) refused += 1;
      }
    };
    await Promise.all(Array.from({ length: window }, one));
    return refused;
  }

  #deliver(id: string): Promise<number> {
    const text = `id:${id} sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:DELIVRD err:000 text:`;
    this.#sequence += 1;
    this.#write(
      encode({
        command: "deliver_sm",
        sequence_number: this.#sequence,
        source_addr: "27820001001",
        destination_addr: "4711",
        esm_class: 4,
        short_message: Buffer.from(text),
      }),
    );
    // Answers come in order: each receipt waits for the same store.
    return new Promise((resolve) => this.#answered.push(resolve));
  }

  /** All of one turn of the event loop at once. */
  #write(frame: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    socket.write(frame);
  }

  #serve(socket: Socket): void {
    const framer = new Framer();
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      for (const frame of framer.push(chunk)) this.#take(socket, Buffer.from(frame));
    });
  }

  #take(socket: Socket, frame: Buffer): void {
    const sequence_number = frame.readUInt32BE(12);
    switch (frame.readUInt32BE(4)) {
      case command.bind_transceiver:
        socket.write(encode({ command: "bind_transceiver_resp", sequence_number, system_id: "b" }));
        return;
      case command.enquire_link:
        socket.write(encode({ command: "enquire_link_resp", sequence_number }));
        return;
      case command.unbind:
        socket.end(encode({ command: "unbind_resp", sequence_number }));
        return;
      case command.deliver_sm_resp:
        this.#answered.shift()?.(frame.readUInt32BE(8));
        return;
      case command.submit_sm: {
        this.#id += 1;
        const message_id = `early-${this.#id}`;
        void this.#deliver(message_id);
        const answer = encode({ command: "submit_sm_resp", sequence_number, message_id });
        setTimeout(() => socket.write(answer), Math.random() * early.most);
      }
    }
  }
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

async function measure(store: string, config: TransportConfigInput): Promise<boolean> {
  const smsc = new ReceiptSmsc();
  const port = await smsc.listen();
  const transport = new SmppTransport(
    {
      amqp_url: "memory:",
      host: "127.0.0.1",
      port,
      worker_concurrency: early.count,
      drain_timeout: 3,
      ...config,
    },
    { logger: silent },
  );
  await transport.start();
  // The first is for the just-in-time compiler.
  await smsc.flood();
  const [start, before] = [performance.now(), process.cpuUsage()];
  const refused = await smsc.flood();
  const rate = Math.round((count * 1_000) / (performance.now() - start));
  const { user, system } = process.cpuUsage(before);
  const cpu = Math.round((user + system) / count);
  const matched = await matchedEarly(transport);
  await transport.stop();
  smsc.close();
  const ok = rate >= least && refused === 0 && matched === early.count;
  const cells = [
    store,
    rate.toLocaleString("en"),
    `${cpu} us`,
    String(refused),
    `${matched} of ${early.count}`,
    ok ? "ok" : "MISSED",
  ];
  console.log(`| ${cells.join(" | ")} |`);
  return ok;
}

/** How many messages had the receipt that came before their submit_sm_resp. */
async function matchedEarly({ broker }: SmppTransport): Promise<number> {
  const waiting = new Set<string>();
  let matched = 0;
  const all = new Promise<void>((resolve) => {
    void broker.consume("smpp.event", 100, (delivery) => {
      const event = parseEvent(delivery.body);
      delivery.ack();
      if (event.event_type !== "delivery_report") return;
      if (waiting.delete(event.user_message_id)) matched += 1;
      if (waiting.size === 0) resolve();
    });
  });
  for (let n = 0; n < early.count; n++) {
    const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "hello" });
    waiting.add(message.message_id);
    await broker.publish("smpp.outbound", Buffer.from(JSON.stringify(message)));
  }
  const limit = new Promise<void>((resolve) => setTimeout(resolve, 15_000).unref());
  await Promise.race([all, limit]);
  return matched;
}

console.log(
  `${count.toLocaleString("en")} receipts for unknown ids, at most ${window} unanswered; then ${early.count} messages whose receipt comes up to ${early.most / 1_000} s before submit_sm_resp`,
);
console.log(
  `| state | receipts/s (at least ${least.toLocaleString("en")}) | CPU each | refused | matched | |`,
);
console.log("|---|---|---|---|---|---|");
const verdicts = [await measure("memory", {})];
const service = await findService(redis);
if (service === undefined) {
  console.log(missingLine(redis));
} else {
  const state = { url: service.url, prefix: `esme-bench-${randomUUID()}`, timeout: 60 };
  verdicts.push(
    await measure("Redis", {
      smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
      smpp_cache_config: state,
    }),
  );
  await service.stop();
}
process.exitCode = verdicts.every(Boolean) ? 0 : 1;

/** A broker that holds its connections and says nothing, while the SMSC goes on. */
import { decode, encode, Status } from "@esme/pdu";
import { onPath } from "@esme/services/find";
import { type OwnRabbitmq, startRabbitmq } from "@esme/services/rabbitmq";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { silentLogger } from "./silent-logger.ts";

const hasRabbitmq = onPath("rabbitmq-server") !== undefined;
const timeout = 60_000;
const count = 5_000;
/** As in src/inbound.ts. */
const mostHeld = 2_000;

let rabbitmq: OwnRabbitmq | undefined;

beforeAll(async () => {
  if (hasRabbitmq) rabbitmq = await startRabbitmq();
}, timeout);

afterAll(() => rabbitmq?.stop(), timeout);

async function prepare() {
  if (!rabbitmq) throw new Error("no RabbitMQ: install rabbitmq-server");
  const broker = new RabbitBroker({ url: new Secret(rabbitmq.url) });
  const application = await Application.on(broker);
  await application.listen();
  const smsc = await ScriptedSmsc.listen();
  const transport = new SmppTransport(
    {
      amqp_url: rabbitmq.url,
      host: "127.0.0.1",
      port: smsc.port,
      // Longer than the test takes: what is held is published in the end.
      smpp_deliver_timeout: 60,
    },
    { logger: silentLogger },
  );
  onTestFinished(async () => {
    rabbitmq?.thaw();
    await transport.stop();
    await broker.close();
    await smsc.close();
  });
  await transport.start();
  return { application, rabbitmq, smsc };
}

function text(number: number): Uint8Array {
  return encode({
    command: "deliver_sm",
    sequence_number: number,
    source_addr: "27820001001",
    destination_addr: "4711",
    short_message: Buffer.from(`text ${number}`),
  });
}

describe.runIf(hasRabbitmq)("with a RabbitMQ of its own", { timeout }, () => {
  test("a frozen broker: the SMSC is read and answered, memory is bounded, nothing is lost", async () => {
    const { application, rabbitmq, smsc } = await prepare();
    rabbitmq.freeze();
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    smsc.write(Buffer.concat(numbers.map(text)));
    smsc.write(encode({ command: "enquire_link", sequence_number: count + 1 }));

    const accepted: number[] = [];
    const refused: number[] = [];
    /** The next answer of the worker; those to texts are counted. */
    const take = async (): Promise<string> => {
      const { command, command_status, sequence_number } = decode(await smsc.received.next());
      if (command === "deliver_sm_resp") {
        if (command_status === Status.ESME_ROK) accepted.push(sequence_number);
        else refused.push(command_status);
      }
      return command;
    };
    // Its answer is there though thousands before it wait for the broker.
    while ((await take()) !== "enquire_link_resp") expect(accepted).toEqual([]);
    // What is not held in memory was given back to the SMSC at once.
    while (refused.length < count - mostHeld) await take();

    rabbitmq.thaw();
    while (accepted.length < mostHeld) await take();
    expect(new Set(refused)).toEqual(new Set([Status.ESME_RX_T_APPN]));
    const arrived = new Set<string>();
    while (arrived.size < mostHeld) arrived.add((await application.inbound.next()).content ?? "");
    expect([...arrived].sort()).toEqual(accepted.map((number) => `text ${number}`).sort());
  });
});

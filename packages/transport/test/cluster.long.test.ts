/** A worker on a cluster of three RabbitMQ nodes with quorum queues. */

import {
  type ClusterNode,
  type RabbitmqCluster,
  startRabbitmqCluster,
} from "@esme/services/rabbitmq-cluster";
import { hasRabbitmq } from "@esme/services/rabbitmq-node";
import { Smsc } from "@esme/smsc";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { silentLogger } from "./silent-logger.ts";

const timeout = 120_000;
let started: RabbitmqCluster | undefined;

beforeAll(async () => {
  if (hasRabbitmq()) started = await startRabbitmqCluster();
}, timeout);

afterAll(() => started?.stop(), timeout);

function cluster(): RabbitmqCluster {
  if (!started) throw new Error("no RabbitMQ: install rabbitmq-server");
  return started;
}

async function prepare(name: string) {
  const { nodes, urls } = cluster();
  const smsc = new Smsc({ port: 0, attempts: 1 });
  await smsc.listen();
  onTestFinished(() => smsc.close());
  const transport = new SmppTransport(
    {
      amqp_urls: urls,
      amqp_heartbeat: 1,
      queue_type: "quorum",
      transport_name: name,
      host: "127.0.0.1",
      port: smsc.port,
    },
    { logger: silentLogger },
  );
  onTestFinished(() => transport.stop());
  // Its node makes the queues, and so leads them: the worst one to lose.
  await transport.start();
  const secrets = urls.map((url) => new Secret(url));
  const broker = new RabbitBroker({ url: secrets, queueType: "quorum", heartbeat: 1 });
  onTestFinished(() => broker.close());
  const application = await Application.on(broker, name);
  await application.listen();
  const node = async (): Promise<ClusterNode> => {
    const { amqp } = (await transport.health()).components;
    const own = nodes.find(({ url }) => new URL(url).host === amqp.node);
    if (!own) throw new Error(`connected to ${amqp.node}, which is none of the nodes`);
    return own;
  };
  /** Publishes a message, again where the broker does not confirm it, and gives its id. */
  const publish = async (): Promise<string> => {
    const { id, published } = application.begin("hello");
    return published.then(
      () => id,
      () => publish(),
    );
  };
  /** Sends a message and waits for its event: a node that dies may make earlier ones come again. */
  const send = async (): Promise<void> => {
    const id = await publish();
    for (;;) {
      const { event_type, user_message_id } = await application.events.next();
      expect(event_type).toBe("ack");
      if (user_message_id === id) return;
    }
  };
  return { application, node, publish, send, smsc, transport };
}

/** What happens to a node, how, and what ends it. */
type Harm = readonly [
  string,
  (node: ClusterNode) => Promise<void>,
  (node: ClusterNode) => Promise<void>,
];

describe.runIf(hasRabbitmq())("on a cluster", { timeout }, () => {
  test("the queues that it makes are quorum queues", async () => {
    await prepare("made");
    const rows = await cluster().nodes[0]?.control(
      ...["--quiet", "list_queues", "--no-table-headers", "name", "type"],
    );
    const types = new Map(rows?.split("\n").map((row) => row.split("\t") as [string, string]));
    for (const kind of ["outbound", "inbound", "event", "failed"]) {
      expect(types.get(`made.${kind}`)).toBe("quorum");
    }
  });

  test.each<Harm>([
    ["is killed", (node) => node.kill(), (node) => node.restart()],
    ["is stopped in order", (node) => node.stopApp(), (node) => node.startApp()],
    // Thawed, it may stay apart from the others (RabbitMQ 3.10): it is started anew.
    ["freezes", async (node) => node.freeze(), (node) => node.kill().then(() => node.restart())],
  ])("goes on with another node when its own %s", async (_, harm, heal) => {
    const { node, send, smsc, transport } = await prepare("moves");
    await send();
    const before = await node();
    const again = new Promise<void>((resolve) => transport.broker.on("connected", resolve));
    onTestFinished(() => heal(before), timeout);
    await harm(before);
    await again;
    expect(await node()).not.toBe(before);
    for (let count = 0; count < 5; count += 1) await send();
    const [response] = await smsc.deliver({ from: "27820001001", to: "4711", text: "hello" });
    expect(response?.command_status).toBe(0);
  });

  test("loses nothing and reports once when the leader of its queue is killed", async () => {
    const name = "led";
    const { application, publish, send } = await prepare(name);
    await send();
    // A node that has just come back may not know it yet.
    const leaderOf = () => cluster().leaderOf(`${name}.outbound`);
    const leader = await vi.waitUntil(leaderOf, { timeout, interval: 500 });
    const sent: string[] = [];
    while (sent.length < 50) sent.push(await publish());
    onTestFinished(() => leader.restart(), timeout);
    await leader.kill();
    while (sent.length < 100) sent.push(await publish());
    const events = new Map<string, string>();
    while (!sent.every((id) => events.has(id))) {
      const { event_id, event_type, user_message_id } = await application.events.next();
      // The same event may come twice, another one may not.
      expect([event_type, events.get(user_message_id) ?? event_id]).toEqual(["ack", event_id]);
      events.set(user_message_id, event_id);
    }
  });
});

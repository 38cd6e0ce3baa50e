/**
 * The scenario `outages`: the SMSC throttles, then stops, then is away, each for some minutes, while
 * RabbitMQ allows little: `consumer_timeout` 15 s and `delivery-limit` 20. Nothing may be lost, and no
 * message may be delivered more than four times.
 */
import { setTimeout as passed } from "node:timers/promises";
import { Status } from "@esme/pdu";
import { TcpProxy } from "@esme/services/tcp-proxy";
import type { Deliveries } from "./deliveries.ts";
import type { MessageCentre } from "./message-centre.ts";
import type { Wishes } from "./options.ts";
import { columns, maxSentences } from "./report.ts";
import { type Prepared, type Run, startRun } from "./run.ts";
import { Standstill } from "./standstill.ts";

/** The highest `x-delivery-count` that is right. */
const mostGivenBack = 3;

/** Milliseconds without progress after which what is missing counts as lost: a worker rests for 300 s. */
const patience = 420_000;

/** A status of the vendor's range (SMPP 3.4, 5.1.3), which the workers are told means stop. */
const noCredit = 0x401;

const settings = ["consumer_timeout = 15000"];

/** Of the workers. */
const configuration = {
  hold_timeout: 7,
  statuses: { [`0x${noCredit.toString(16)}`]: { meaning: "no credit left", reaction: "stop" } },
};

/** A row is an outage: how it begins, and how it ends. */
interface Outage {
  readonly name: string;
  begin(centre: MessageCentre, door: TcpProxy): void;
  end(centre: MessageCentre, door: TcpProxy): void;
}

const outages: readonly Outage[] = [
  {
    name: "the SMSC throttles",
    begin: (centre) => {
      centre.refusal = Status.ESME_RTHROTTLED;
    },
    end: (centre) => {
      centre.refusal = undefined;
    },
  },
  {
    name: "the SMSC answers stop",
    begin: (centre) => {
      centre.refusal = noCredit;
    },
    end: (centre) => {
      centre.refusal = undefined;
    },
  },
  {
    name: "the SMSC is away",
    begin: (_, door) => {
      door.refuse();
      door.cut();
    },
    end: (_, door) => door.relay(),
  },
];

/** What one outage did. */
interface Result {
  readonly name: string;
  /** Messages that were settled while it lasted and afterwards. */
  readonly messages: number;
  /** From the end of the outage until every message had its event. */
  readonly secondsAfterwards: number;
  readonly deliveries: Deliveries["counts"];
}

/** Resolves with the exit code: 0 right, 1 lost or delivered too often, 2 the run could not be made. */
export async function smscOutages(wishes: Wishes): Promise<number> {
  let door: TcpProxy | undefined;
  const prepare = async ({ broker, centre, outbound }: Prepared) => {
    const policy = ["set_policy", "outages", `^${outbound}$`, '{"delivery-limit":20}'];
    await broker.nodes[0]?.control(...policy, "--apply-to", "queues");
    // The timeout is looked at once a minute by default.
    const look = "application:set_env(rabbit, channel_tick_interval, 1000).";
    await Promise.all(broker.nodes.map((node) => node.control("eval", look)));
    door = await TcpProxy.to(`tcp://127.0.0.1:${centre.port}`);
    return { ...configuration, port: Number(new URL(door.url).port) };
  };
  const run = await startRun(wishes, { settings, prepare });
  if (!door) throw new Error("expected a relay in front of the SMSC");
  const results: Result[] = [];
  for (const outage of outages) {
    if (run.isOver) break;
    results.push(await resultOf(run, outage, door));
    console.error(JSON.stringify(results.at(-1)));
  }
  const { count, failures } = run;
  const judgement = count.judgement();
  const strange = [...count.strange, ...count.missing()].slice(0, maxSentences);
  const highest = Math.max(...results.map(({ deliveries }) => deliveries.highestCount));
  const wrong = Object.values(judgement).reduce((total, number) => total + number, 0);
  const nothingElse = strange.length + failures.length === 0 && results.length === outages.length;
  const isRight = wrong === 0 && nothingElse && highest <= mostGivenBack;
  const { published } = count.progress;
  const report = { ...wishes, messages: published, isRight, ...judgement, outages: results };
  const rows = results.map(({ name, messages, secondsAfterwards, deliveries }) => {
    const { again, highestCount } = deliveries;
    const figures = `${messages} messages, ${again} redelivered, highest x-delivery-count ${highestCount}`;
    return [name, `${figures}, all sent ${secondsAfterwards} s after its end`] as const;
  });
  const sums = Object.entries({ ...judgement, duplicates: count.duplicates.messages });
  console.error([columns([...rows, ...sums]), ...strange, ...failures].join("\n"));
  console.log(JSON.stringify({ ...report, duplicates: count.duplicates, failures, strange }));
  await run.close(!isRight);
  await door.close();
  if (isRight) return 0;
  return failures.length > 0 ? 2 : 1;
}

/** One outage, from a worker that sends to one that has sent all that waited. */
async function resultOf(run: Run, outage: Outage, door: TcpProxy): Promise<Result> {
  const { centre, count, deliveries, wishes } = run;
  const before = count.progress.published;
  deliveries.reset();
  const begun = performance.now();
  const lasts = Math.max(wishes.minutes, 0.1) * 60_000;
  // Some are on their way when it begins.
  const sending = run.publish(() => performance.now() - begun > lasts);
  while (count.progress.settled === before && !run.isOver) await passed(5);
  outage.begin(centre, door);
  await sending;
  outage.end(centre, door);
  const ended = performance.now();
  const standstill = new Standstill(() => count.progress.settled + count.progress.reported);
  while (!count.isComplete && !run.isOver && standstill.present < patience) await passed(50);
  standstill.end();
  return {
    name: outage.name,
    messages: count.progress.published - before,
    secondsAfterwards: Math.round((performance.now() - ended) / 100) / 10,
    deliveries: deliveries.counts,
  };
}

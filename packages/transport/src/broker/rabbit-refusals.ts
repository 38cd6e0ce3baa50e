/** What RabbitMQ refused, in one sentence: which queue or exchange, why, and what to do. */
import { BrokerError } from "./broker.ts";

/** As amqplib tells it: `Operation failed: QueueDeclare; 403 (ACCESS-REFUSED) with message "..."`. */
const told = /\b(\d{3}) \([A-Z-]+\) with message "(.*)"/s;

/** RabbitMQ names what it is about: `no queue 'smpp.outbound' in vhost '/'`. */
const subject = /\b(queue|exchange) '([^']*)'/;

/** By AMQP 0-9-1's reply codes. */
const remedies: Readonly<Record<string, string>> = {
  "403":
    "grant the user configure, write and read on it (rabbitmqctl set_permissions), or make it beforehand",
  "404": "make it and bind it to the exchange, or let the worker do so (declare_queues)",
  "405": "it is exclusive to another connection: end that, or use another transport_name",
  "406": "RabbitMQ does not make it so: check queue_type and queue_arguments",
  "530": "check the limits of the vhost (rabbitmqctl list_vhost_limits)",
};

/** The refusal of a queue or an exchange in an error of amqplib; undefined for any other error. */
export function refusalOf(error: unknown): BrokerError | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, code = "", words = ""] = told.exec(error.message) ?? [];
  const [, kind, name] = subject.exec(words) ?? [];
  const remedy = remedies[code];
  if (kind === undefined || remedy === undefined) return undefined;
  // Without the cause: what it says is in the sentence.
  return new BrokerError("queue_refused", `${kind} ${name}: ${remedy} (RabbitMQ: ${words})`);
}

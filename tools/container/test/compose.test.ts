import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCompose, strangers, workerConfiguration } from "../compose.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "esme-compose-"));
  writeFileSync(join(root, "worker.yaml"), "");
});
afterEach(() => rmSync(root, { recursive: true }));

const targets = new Map([
  ["transport", true],
  ["bare", false],
]);

function read(text: string) {
  writeFileSync(join(root, "compose.yaml"), text);
  return readCompose(root, "compose.yaml", targets);
}

const good = `
x-broker: &broker { image: rabbitmq, healthcheck: { test: ["CMD", "true"] } }
services:
  one: { <<: *broker, hostname: one }
  worker:
    build: { context: ., target: transport }
    command: ["--config", "/etc/worker.yaml"]
    volumes: ["./worker.yaml:/etc/worker.yaml:ro"]
    depends_on: { one: { condition: service_healthy } }
`;

test("a good file has no problems, and says what the worker is started with", () => {
  const compose = read(good);
  expect(compose.problems).toEqual([]);
  expect(compose.services).toEqual(["one", "worker"]);
  expect(workerConfiguration("compose.yaml", compose)).toBe("./worker.yaml");
});

describe("what is wrong is a sentence", () => {
  test.each([
    ["a misspelt key of the file", "services:", "service:", /unknown key service, expected/],
    ["a misspelt key of a service", "hostname:", "host_name:", /one: unknown key host_name/],
    ["a misspelt key of a health check", "test:", "tests:", /one.healthcheck: unknown key tests/],
    ["a target that is not built", "transport", "worker", /has no target worker/],
    ["neither image nor target", "image: rabbitmq,", "", /expected either an image or a target/],
    ["a service that is not there", "depends_on: { one:", "depends_on: { two:", /depends on two/],
    ["waiting without a check", ', healthcheck: { test: ["CMD", "true"] }', "", /nothing checks/],
    ["a file that is not there", "./worker.yaml:", "./no.yaml:", /no.yaml is not there/],
    ["a file that may be written", "yaml:ro", "yaml", /expected .* to be read-only/],
  ])("%s", (_, found, replaced, sentence) => {
    const { problems } = read(good.replace(found, replaced));
    expect(problems.join("\n")).toMatch(sentence);
  });

  test("a worker without its file", () => {
    const compose = read(good.replace("/etc/worker.yaml:ro", "/etc/other.yaml:ro"));
    expect(() => workerConfiguration("compose.yaml", compose)).toThrow(/a mounted file/);
  });
});

test.each([
  ["amqp_url: amqp://guest:guest@one:5672", []],
  ["amqp_urls: [amqp://one:5672, amqp://u:p@two:5672]", ["two"]],
  ["host: smsc", ["smsc"]],
  ["smpp_cache_config: { url: redis://redis:6379 }", ["redis"]],
  ["cluster_formation.classic_config.nodes.1 = rabbit@three", ["three"]],
])("hosts of %s that are no services", (text, hosts) => {
  expect(strangers(text, read(good))).toEqual(hosts);
});

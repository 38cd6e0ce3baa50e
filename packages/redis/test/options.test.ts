import { readOptions } from "@esme/settings";
import { expect, test } from "vitest";
import { RedisConnection, redisOptions } from "../src/index.ts";

const url = "redis://127.0.0.1:1";
const pem = "-----BEGIN CERTIFICATE-----\n";

function connect(options: object): RedisConnection {
  return new RedisConnection(readOptions("RedisConnection", options, redisOptions));
}

test.each<[object]>([
  [{ url }],
  [{ url: "rediss://me:s%40crets@[::1]:6380/3", answerTimeout: "2.5", replicas: 1 }],
  [{ url: "redis://me:pw@my_primary/1", sentinels: ["redis://:pw@a", "redis://:pw@b:26380/"] }],
  [{ cluster: ["rediss://a:7000", "rediss://b:7001"], tls: { ca: pem, servername: "redis" } }],
  [{ url: "rediss://host", tls: { ca: pem, cert: pem, key: pem } }],
  [{ client: { eval: async () => 1, evalSha: async () => 1 }, replicas: 0 }],
])("%j is a place", async (options) => {
  await connect(options).close();
});

const onePlace =
  "url: wants redis://host:port, or give cluster, or a connected client, and one of them alone";
const sentinels =
  "wants a list of Sentinels, each redis://[user:password@]host[:port], rediss:// for TLS";

test.each<[object, string]>([
  [{}, onePlace],
  [{ url, cluster: [url] }, onePlace],
  [{ cluster: [url], client: { eval() {}, evalSha() {} } }, onePlace],
  [{ sentinels: [url] }, onePlace],
  [
    { cluster: [url], sentinels: [url] },
    "sentinels: wants a url with the primary's name as host beside it",
  ],
  [{ url, sentinels: [] }, `sentinels: got a list, ${sentinels}`],
  [{ url, sentinels: url }, `sentinels: got text, ${sentinels}`],
  [{ url, sentinels: [{ host: "a" }] }, `sentinels: got a list, ${sentinels}`],
  [{ url, sentinels: ["redis://a/1"] }, `sentinels: got a list, ${sentinels}`],
  [{ cluster: ["redis://:s3cret@a/1"] }, "cluster: got a list, wants a list of nodes, each redis:"],
  [{ cluster: ["s3cret"] }, "cluster: got a list, wants a list of nodes"],
  [
    { url, sentinels: ["redis://a"] },
    "url: wants no port, its host is the name that the sentinels know",
  ],
  [
    { url: "redis://name", sentinels: ["redis://:s3cret@a", "redis://b"] },
    "sentinels: wants one scheme, one user and one password in all URLs",
  ],
  [
    { cluster: ["redis://a", "rediss://b"] },
    "cluster: wants one scheme, one user and one password in all URLs",
  ],
  [{ url, tls: { ca: pem } }, "tls: wants rediss:// in the URL, which is where TLS begins"],
  [{ url, tls: { ca: "s3cret" } }, "tls: got a mapping, wants a mapping with ca, cert and key"],
  [{ url, tls: { cert: pem } }, "tls: got a mapping, wants"],
  [{ url, tls: { rejectUnauthorized: "no" } }, "tls: got a mapping, wants"],
  [{ url, tls: true }, "tls: got a boolean, wants"],
  [{ url, replicas: 10 }, "replicas: got a number, wants an integer from 0 to 9"],
  [
    { client: { eval() {}, evalSha() {} }, replicas: 1 },
    "replicas: give url or cluster, a client cannot confirm",
  ],
  [{ client: { eval() {}, evalSha() {} }, tls: { ca: pem } }, "tls: the client has its own"],
])("%j is refused in a sentence without secrets", (options, says) => {
  let problem = "";
  try {
    connect(options);
  } catch (error) {
    problem = String(error);
  }
  expect(problem).toContain(says);
  expect(problem).not.toContain("s3cret");
});

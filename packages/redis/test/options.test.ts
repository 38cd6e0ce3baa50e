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
  "url: expected redis://host:port, or cluster, or a connected client, and one of them alone";
const sentinels =
  "an array of Sentinels, each redis://[user:password@]host[:port], rediss:// for TLS";

test.each<[object, string]>([
  [{}, onePlace],
  [{ url, cluster: [url] }, onePlace],
  [{ cluster: [url], client: { eval() {}, evalSha() {} } }, onePlace],
  [{ sentinels: [url] }, onePlace],
  [
    { cluster: [url], sentinels: [url] },
    "sentinels: expected a url with the primary's name as host beside it",
  ],
  [{ url, sentinels: [] }, `sentinels: expected ${sentinels}, got an array`],
  [{ url, sentinels: url }, `sentinels: expected ${sentinels}, got a string`],
  [{ url, sentinels: [{ host: "a" }] }, `sentinels: expected ${sentinels}, got an array`],
  [{ url, sentinels: ["redis://a/1"] }, `sentinels: expected ${sentinels}, got an array`],
  [
    { cluster: ["redis://:s3cret@a/1"] },
    "RedisConnection: cluster: expected an array of nodes, each redis://[user:password@]host[:port], rediss:// for TLS, got an array",
  ],
  [
    { cluster: ["s3cret"] },
    "RedisConnection: cluster: expected an array of nodes, each redis://[user:password@]host[:port], rediss:// for TLS, got an array",
  ],
  [
    { url, sentinels: ["redis://a"] },
    "url: expected no port, its host is the name that the sentinels know",
  ],
  [
    { url: "redis://name", sentinels: ["redis://:s3cret@a", "redis://b"] },
    "sentinels: expected one scheme, one user and one password in all URLs",
  ],
  [
    { cluster: ["redis://a", "rediss://b"] },
    "cluster: expected one scheme, one user and one password in all URLs",
  ],
  [{ url, tls: { ca: pem } }, "tls: expected rediss:// in the URL, which is where TLS begins"],
  [
    { url, tls: { ca: "s3cret" } },
    "RedisConnection: tls: expected an object with ca, cert and key, each as PEM, and servername, got an object",
  ],
  [
    { url, tls: { cert: pem } },
    "RedisConnection: tls: expected an object with ca, cert and key, each as PEM, and servername, got an object",
  ],
  [
    { url, tls: { rejectUnauthorized: "no" } },
    "RedisConnection: tls: expected an object with ca, cert and key, each as PEM, and servername, got an object",
  ],
  [
    { url, tls: true },
    "RedisConnection: tls: expected an object with ca, cert and key, each as PEM, and servername, got a boolean",
  ],
  [{ url, replicas: 10 }, "RedisConnection: replicas: expected an integer from 0 to 9, got 10"],
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

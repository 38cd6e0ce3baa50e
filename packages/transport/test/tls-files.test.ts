/** The files of `tls`: what is wrong with one is told when the configuration is read. */
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "@esme/settings";
import { afterAll, expect, test } from "vitest";
import { checkConfig, loadConfig } from "../src/config/config.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { prepare } from "./world.ts";

const data = (name: string): string =>
  fileURLToPath(new URL(`./data/tls/${name}`, import.meta.url));
const [cert, key] = [data("cert.pem"), data("key.pem")];

const folder = mkdtempSync(join(tmpdir(), "esme-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const certificate = new X509Certificate(readFileSync(cert));
const privateKey = createPrivateKey(readFileSync(key));
const sealed = { format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" } as const;
const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

const files = {
  nowhere: join(folder, "nowhere.pem"),
  empty: file("empty.pem", ""),
  junk: file("junk.pem", "certificate: yes please\n"),
  damaged: file("damaged.pem", readFileSync(cert, "utf8").replace(/^M/m, "A")),
  damagedKey: file("damaged-key.pem", readFileSync(key, "utf8").replace(/^M/m, "A")),
  certDer: file("cert.der", certificate.raw),
  keyDer: file("key.der", privateKey.export({ type: "pkcs8", format: "der" })),
  p12: data("client.p12"),
  encrypted: file("encrypted.pem", privateKey.export({ type: "pkcs8", ...sealed })),
  oldEncrypted: file("old-encrypted.pem", privateKey.export({ type: "sec1", ...sealed })),
  other: file("other.pem", other.export({ type: "pkcs8", format: "pem" })),
};

function problems(tls: TransportConfigInput["tls"]): readonly string[] {
  try {
    checkConfig({ tls: { enabled: true, ...tls } });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const at = "(the configuration)";
const certificates = "certificates in PEM";
const own = "a certificate in PEM, and those between it and the authority";
const aKey = "a private key in PEM";
const { nowhere, empty, junk, damaged, damagedKey, certDer, keyDer, p12 } = files;

const refused: readonly (readonly [TransportConfigInput["tls"], string])[] = [
  [
    { ca: nowhere },
    `tls.ca: the file cannot be read: ENOENT: no such file or directory, open '${nowhere}' ${at}`,
  ],
  [{ ca: empty }, `tls.ca: ${empty}: expected ${certificates}, got an empty file ${at}`],
  [{ ca: junk }, `tls.ca: ${junk}: expected ${certificates}, got no certificate ${at}`],
  [
    { ca: damaged },
    `tls.ca: ${damaged}: expected ${certificates}, got a damaged certificate 1 of 1 ${at}`,
  ],
  [
    { ca: certDer },
    `tls.ca: ${certDer}: expected ${certificates}, got DER: openssl x509 -inform der -in ${certDer} -out ${certDer}.pem ${at}`,
  ],
  [
    { ca: p12 },
    `tls.ca: ${p12}: expected ${certificates}, got PKCS #12: openssl pkcs12 -in ${p12} -cacerts -nokeys -out ca.pem ${at}`,
  ],
  [{ ca: key }, `tls.ca: ${key}: expected ${certificates}, got no certificate ${at}`],
  [{ cert: junk, key }, `tls.cert: ${junk}: expected ${own}, got no certificate ${at}`],
  [
    { cert: p12, key },
    `tls.cert: ${p12}: expected ${own}, got PKCS #12: openssl pkcs12 -in ${p12} -nokeys -out cert.pem ${at}`,
  ],
  [{ cert, key: empty }, `tls.key: ${empty}: expected ${aKey}, got an empty file ${at}`],
  [{ cert, key: junk }, `tls.key: ${junk}: expected ${aKey}, got no private key ${at}`],
  [{ cert, key: cert }, `tls.key: ${cert}: expected ${aKey}, got no private key ${at}`],
  [
    { cert, key: damagedKey },
    `tls.key: ${damagedKey}: expected ${aKey}, got a damaged private key ${at}`,
  ],
  [
    { cert, key: keyDer },
    `tls.key: ${keyDer}: expected ${aKey}, got DER: openssl pkey -inform der -in ${keyDer} -out ${keyDer}.pem ${at}`,
  ],
  [
    { cert, key: p12 },
    `tls.key: ${p12}: expected ${aKey}, got PKCS #12: openssl pkcs12 -in ${p12} -nocerts -out key.pem ${at}`,
  ],
  [
    { cert, key: files.encrypted },
    `tls.key: ${files.encrypted}: encrypted: set tls.passphrase ${at}`,
  ],
  [
    { cert, key: files.oldEncrypted },
    `tls.key: ${files.oldEncrypted}: encrypted: set tls.passphrase ${at}`,
  ],
  [
    { cert, key: files.encrypted, passphrase: "wrong" },
    `tls.key: ${files.encrypted}: encrypted, and not with tls.passphrase ${at}`,
  ],
  [{ cert, key: files.other }, `tls.key: ${files.other} is not the key of tls.cert ${at}`],
  [{ cert }, "tls.key: missing, expected the key of tls.cert (default)"],
  [{ key }, "tls.cert: missing, expected the certificate of tls.key (default)"],
];

/** Without their folders, which are others in each run. */
const named = refused.map(([tls, problem]) => {
  const short = (_: string, value: unknown) =>
    typeof value === "string" ? basename(value) : value;
  return [JSON.stringify(tls, short), tls, problem] as const;
});

test.each(named)("%s is refused with its key and a remedy", (_, tls, problem) => {
  expect(problems(tls)).toEqual([problem]);
});

test("every file that is wrong is told at once", () => {
  expect(problems({ ca: junk, cert: junk, key: junk })).toHaveLength(3);
});

test.each<[string, TransportConfigInput["tls"]]>([
  ["an authority", { ca: cert }],
  ["a certificate and its key", { cert, key }],
  ["an encrypted key", { cert, key: files.encrypted, passphrase: "hunter2" }],
  ["one of the older kind", { cert, key: files.oldEncrypted, passphrase: "hunter2" }],
  ["one file for both", { cert: file("both.pem", both()), key: file("both.pem", both()) }],
])("%s is taken", (_, tls) => {
  expect(problems(tls)).toEqual([]);
});

function both(): Buffer {
  return Buffer.concat([readFileSync(cert), readFileSync(key)]);
}

test("files that nobody uses, since TLS is off, are told", () => {
  const { warnings } = loadConfig({ flags: ["--tls-ca", nowhere] });
  expect(warnings).toEqual([
    "tls.ca: not used, the connection is not encrypted: tls.enabled is false (--tls-ca)",
  ]);
});

test("the passphrase is shown nowhere", () => {
  const { config } = checkConfig({ tls: { passphrase: "hunter2" } });
  expect(JSON.stringify(config)).not.toContain("hunter2");
  const load = () => loadConfig({ file: { name: "f", text: "tls: {passphrase: [hunter2]}" } });
  expect(load).toThrow(/^tls\.passphrase: expected text, got a list \(f, line 1\)$/);
});

test("the SMSC sees the certificate whose key is encrypted", async () => {
  const tls = {
    cert: readFileSync(cert),
    key: readFileSync(key),
    ca: readFileSync(cert),
    requestCert: true,
    rejectUnauthorized: true,
  };
  const { transport } = await prepare({
    smsc: { tls },
    config: {
      host: "localhost",
      tls: { enabled: true, ca: cert, cert, key: files.encrypted, passphrase: "hunter2" },
    },
  });
  await transport.start();
  expect((await transport.health()).health).toBe("ok");
});

test("files towards the broker are named as its own, and read where a URL asks for TLS", () => {
  const amqp_tls = { cert, key: files.encrypted };
  const sentence = `amqp_tls.key: ${files.encrypted}: encrypted: set amqp_tls.passphrase ${at}`;
  expect(() => checkConfig({ amqp_urls: ["amqps://a"], amqp_tls })).toThrow(sentence);
  expect(checkConfig({ amqp_urls: ["amqp://a"], amqp_tls }).warnings).toEqual(
    ["cert", "key"].map(
      (name) =>
        `amqp_tls.${name}: not used, the connection is not encrypted: no URL of the broker begins with amqps:// ${at}`,
    ),
  );
});

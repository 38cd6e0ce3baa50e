/** The files of `tls` and `amqp_tls`: read and tried when the configuration is, so that a start cannot fail on them. */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { reasonOf } from "@esme/settings";
import type { TransportConfig } from "./settings.ts";

type Files = Pick<TransportConfig["tls"], "ca" | "cert" | "key" | "passphrase">;

/** Whose files they are: the SMSC's or the broker's. */
export type TlsGroup = "tls" | "amqp_tls";

/** A key of either that names a file. */
export type TlsFileKey = "ca" | "cert" | "key";

/** What is wrong with the file that a key names: a sentence without the key and without a stop. */
export interface TlsProblem {
  readonly key: TlsFileKey;
  readonly problem: string;
}

/** The files as `tls.connect` takes them, or what is wrong with them. */
export function readTlsFiles(
  files: Files,
  group: TlsGroup,
): { readonly options: SecureContextOptions } | { readonly problems: readonly TlsProblem[] } {
  const problems: TlsProblem[] = [];
  const attempt = <T>(key: TlsFileKey, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      problems.push({ key, problem: reasonOf(error) });
      return undefined;
    }
  };
  const read = <T>(key: TlsFileKey, parse: (pem: Buffer) => T) =>
    files[key] === "" ? undefined : attempt(key, () => parsed(key, files[key], parse));
  const ca = read("ca", (pem) => certificates(pem, expected.ca));
  const cert = read("cert", (pem) => certificates(pem, expected.cert));
  const key = read("key", (pem) => privateKey(pem, files.passphrase.reveal(), group));
  if (problems.length > 0) return { problems };
  if (cert && !files.key) {
    return { problems: [{ key: "key", problem: `missing, expected the key of ${group}.cert` }] };
  }
  if (key && !files.cert) {
    return {
      problems: [{ key: "cert", problem: `missing, expected the certificate of ${group}.key` }],
    };
  }
  const [own] = cert?.parsed ?? [];
  if (key && own && !own.checkPrivateKey(key.parsed)) {
    return { problems: [{ key: "key", problem: `${files.key} is not the key of ${group}.cert` }] };
  }
  const authority = ca && { ca: ca.pem };
  const identity = cert &&
    key && { cert: cert.pem, key: key.pem, passphrase: files.passphrase.reveal() };
  // What only OpenSSL knows: keys and digests that it holds too weak.
  attempt("ca", () => createSecureContext(authority));
  attempt("cert", () => createSecureContext(identity));
  return problems.length > 0 ? { problems } : { options: { ...authority, ...identity } };
}

interface Parsed<T> {
  readonly pem: Buffer;
  readonly parsed: T;
}

function parsed<T>(key: TlsFileKey, path: string, parse: (pem: Buffer) => T): Parsed<T> {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new Error(`the file cannot be read: ${reason}`, { cause });
  }
  if (pem.length === 0) throw new Error(`${path}: expected ${expected[key]}, got an empty file`);
  const binary = binaryFormat(pem);
  if (binary !== undefined) {
    const remedy = conversions[binary][key].replaceAll("FILE", path);
    throw new Error(`${path}: expected ${expected[key]}, got ${binary}: ${remedy}`);
  }
  try {
    return { pem, parsed: parse(pem) };
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new Error(`${path}: ${reason}`, { cause });
  }
}

const expected = {
  ca: "certificates in PEM",
  cert: "a certificate in PEM, and those between it and the authority",
  key: "a private key in PEM",
} as const satisfies Record<TlsFileKey, string>;

const toPem = "openssl x509 -inform der -in FILE -out FILE.pem";

/** How the formats that people have beside PEM become PEM. */
const conversions = {
  "PKCS #12": {
    ca: "openssl pkcs12 -in FILE -cacerts -nokeys -out ca.pem",
    cert: "openssl pkcs12 -in FILE -nokeys -out cert.pem",
    key: "openssl pkcs12 -in FILE -nocerts -out key.pem",
  },
  DER: { ca: toPem, cert: toPem, key: "openssl pkey -inform der -in FILE -out FILE.pem" },
} as const satisfies Record<string, Record<TlsFileKey, string>>;

/** ASN.1: a SEQUENCE with a long length; in PKCS #12 it begins with the number 3 (RFC 7292). */
function binaryFormat(octets: Buffer): keyof typeof conversions | undefined {
  const [sequence, length = 0] = octets;
  if (sequence !== 0x30 || length < 0x80) return undefined;
  const content = 2 + (length & 0x7f);
  return octets.subarray(content, content + 3).equals(pkcs12Version) ? "PKCS #12" : "DER";
}

const pkcs12Version = Buffer.from("020103", "hex");

function certificates(pem: Buffer, wanted: string): X509Certificate[] {
  const blocks = pem.toString("latin1").match(certificateBlock) ?? [];
  if (blocks.length === 0) throw new Error(`expected ${wanted}, got no certificate`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      const which = `certificate ${index + 1} of ${blocks.length}`;
      throw new Error(`expected ${wanted}, got a damaged ${which}`, { cause });
    }
  });
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function privateKey(pem: Buffer, passphrase: string, group: TlsGroup): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== "" && { passphrase }) });
  } catch (cause) {
    throw new Error(keyProblem(pem.toString("latin1"), passphrase, group), { cause });
  }
}

function keyProblem(pem: string, passphrase: string, group: TlsGroup): string {
  const isKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem);
  if (!isKey) return `expected ${expected.key}, got no private key`;
  if (!pem.includes("ENCRYPTED")) return `expected ${expected.key}, got a damaged private key`;
  return passphrase === ""
    ? `encrypted: set ${group}.passphrase`
    : `encrypted, and not with ${group}.passphrase`;
}

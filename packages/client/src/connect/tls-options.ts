/** Checks that the option `tls` can be loaded, before the first attempt to connect. */
import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { asError, LinkError } from "@esme/session";

/** The options of TLS that have files; a client and a server have the same. */
interface LoadedOptions extends SecureContextOptions {
  secureContext?: SecureContext | undefined;
}

/** Throws LinkError `connect_failed`, which names the wrong option and the reason. */
export function checkTls(tls: boolean | LoadedOptions): void {
  if (typeof tls === "boolean" || tls.secureContext !== undefined) return;
  const { ca, cert, key, pfx } = tls;
  const problem =
    passphraseProblem([tls, ...listOf(key), ...listOf(pfx)]) ??
    certificateProblem("ca", ca) ??
    certificateProblem("cert", cert) ??
    keyProblem(listOf(key)) ??
    pairProblem(tls);
  if (problem !== undefined) throw refusal(problem);
  try {
    createSecureContext(tls);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw refusal(sentences[code]?.(tls) ?? asError(cause).message, cause);
  }
}

function refusal(what: string, cause?: unknown): LinkError {
  return new LinkError("connect_failed", `the TLS options cannot be loaded: ${what}`, { cause });
}

const locked = ({ passphrase }: LoadedOptions): string =>
  passphrase === undefined
    ? "tls.key is encrypted: give tls.passphrase"
    : "tls.passphrase does not open tls.key";

/** The sentence for an error code of OpenSSL, after the certificates were checked. */
const sentences: Readonly<Record<string, (tls: LoadedOptions) => string>> = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: () => "tls.key is not the key of tls.cert",
  ERR_OSSL_BAD_DECRYPT: locked,
  ERR_OSSL_EVP_BAD_DECRYPT: locked,
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: locked,
  ERR_MISSING_PASSPHRASE: locked,
  ERR_OSSL_UNSUPPORTED: () => "tls.key is damaged",
};

/** The error of Node.js for a passphrase that is no string would show it. */
function passphraseProblem(holders: readonly unknown[]): string | undefined {
  for (const holder of holders) {
    if (typeof holder !== "object" || holder === null || !("passphrase" in holder)) continue;
    const { passphrase } = holder;
    if (passphrase === undefined || passphrase === null || typeof passphrase === "string") continue;
    return `tls.passphrase is a ${typeof passphrase}, expected a string`;
  }
  return undefined;
}

/** OpenSSL silently skips input that is no certificate, a path for example. */
function certificateProblem(name: "ca" | "cert", given: unknown): string | undefined {
  const isGood = (pem: unknown) => {
    const text = textOf(pem);
    return text === undefined || isCertificate(text);
  };
  return listOf(given).every(isGood)
    ? undefined
    : `tls.${name} has no certificate in PEM form, or a damaged one: ${contentsOf(`${name}.pem`)}`;
}

function keyProblem(keys: readonly unknown[]): string | undefined {
  const isGood = (key: unknown) => {
    const isObject = typeof key === "object" && key !== null && "pem" in key;
    const text = textOf(isObject ? key.pem : key);
    return text === undefined || keyBlock.test(text);
  };
  return keys.every(isGood)
    ? undefined
    : `tls.key has no private key in PEM form: ${contentsOf("key.pem")}`;
}

/** With only one of the two Node.js sends no certificate, without an error. */
function pairProblem({ cert, key, privateKeyIdentifier }: LoadedOptions): string | undefined {
  if (cert && !key && !privateKeyIdentifier) return "tls.cert is given without tls.key";
  return key && !cert ? "tls.key is given without tls.cert" : undefined;
}

const keyBlock = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/;
const certificateBlocks =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

function isCertificate(pem: string): boolean {
  try {
    const blocks = pem.match(certificateBlocks) ?? [];
    for (const block of blocks) new X509Certificate(block);
    return blocks.length > 0;
  } catch {
    return false;
  }
}

function contentsOf(file: string): string {
  return `give the contents of the file, readFileSync(${JSON.stringify(file)}), not its path`;
}

/** The value as text; undefined when it is neither text nor octets, for which Node.js has an error. */
function textOf(pem: unknown): string | undefined {
  if (typeof pem === "string") return pem;
  if (!ArrayBuffer.isView(pem)) return undefined;
  return Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength).toString("latin1");
}

function listOf(given: unknown): unknown[] {
  if (given === undefined || given === null) return [];
  return Array.isArray(given) ? given : [given];
}

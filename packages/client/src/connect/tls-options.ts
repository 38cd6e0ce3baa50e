/** Loads the option `tls` before anything is tried: what cannot be loaded can never work. */
import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { asError, LinkError } from "@esme/session";

/** The options of either end that are loaded. */
interface Loaded extends SecureContextOptions {
  secureContext?: SecureContext | undefined;
}

/** Throws LinkError `connect_failed`, which says which of the options is wrong and why. */
export function checkTls(tls: boolean | Loaded): void {
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

const locked = ({ passphrase }: Loaded): string =>
  passphrase === undefined
    ? "tls.key is encrypted: give tls.passphrase"
    : "tls.passphrase does not open tls.key";

/** What an error of OpenSSL means, when the certificates are known to be good. */
const sentences: Readonly<Record<string, (tls: Loaded) => string>> = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: () => "tls.key is not the key of tls.cert",
  ERR_OSSL_BAD_DECRYPT: locked,
  ERR_OSSL_EVP_BAD_DECRYPT: locked,
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: locked,
  ERR_MISSING_PASSPHRASE: locked,
  ERR_OSSL_UNSUPPORTED: () => "tls.key is damaged",
};

/** Node.js would print a passphrase that is no string. */
function passphraseProblem(holders: readonly unknown[]): string | undefined {
  for (const holder of holders) {
    if (typeof holder !== "object" || holder === null || !("passphrase" in holder)) continue;
    const { passphrase } = holder;
    if (passphrase === undefined || passphrase === null || typeof passphrase === "string") continue;
    return `tls.passphrase is a ${typeof passphrase}, expected a string`;
  }
  return undefined;
}

/** OpenSSL skips what is no certificate, a path for example. */
function certificateProblem(name: "ca" | "cert", given: unknown): string | undefined {
  const isGood = (pem: unknown) => {
    const text = textOf(pem);
    return text === undefined || isCertificate(text);
  };
  return listOf(given).every(isGood)
    ? undefined
    : `tls.${name} holds no certificate in PEM form, or a damaged one: ${contentOf(`${name}.pem`)}`;
}

function keyProblem(keys: readonly unknown[]): string | undefined {
  const isGood = (key: unknown) => {
    const isObject = typeof key === "object" && key !== null && "pem" in key;
    const text = textOf(isObject ? key.pem : key);
    return text === undefined || keyBlock.test(text);
  };
  return keys.every(isGood)
    ? undefined
    : `tls.key holds no private key in PEM form: ${contentOf("key.pem")}`;
}

/** With one of the two alone no certificate is shown, and nothing says so. */
function pairProblem({ cert, key, privateKeyIdentifier }: Loaded): string | undefined {
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

function contentOf(file: string): string {
  return `give what is in the file, readFileSync(${JSON.stringify(file)}), not its path`;
}

/** As text; undefined for what is neither text nor octets, which Node.js refuses in its own words. */
function textOf(pem: unknown): string | undefined {
  if (typeof pem === "string") return pem;
  if (!ArrayBuffer.isView(pem)) return undefined;
  return Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength).toString("latin1");
}

function listOf(given: unknown): unknown[] {
  if (given === undefined || given === null) return [];
  return Array.isArray(given) ? given : [given];
}

/** The files of the web page, served as they are. */
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** One file of the page. */
export interface PageFile {
  readonly type: string;
  readonly octets: Buffer;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Only what the server itself sends: no script or style in the page, nothing from elsewhere. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** All of them by their path, `/` being the page itself. Read once, a hundred kilobytes or so. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  // Beside this module in the sources and in the build alike.
  const folder = new URL("./page/", import.meta.url);
  const files = readdirSync(fileURLToPath(folder)).flatMap((name): [string, PageFile][] => {
    const type = types[extname(name)];
    if (type === undefined) return [];
    const path = name === "index.html" ? "/" : `/${name}`;
    return [[path, { type, octets: readFileSync(new URL(name, folder)) }]];
  });
  return new Map(files);
}

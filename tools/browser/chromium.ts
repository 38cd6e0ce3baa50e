/** Chromium, where it is installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { onPath } from "@esme/services/find";

/** Where it is; undefined when it is not installed. */
export const chromiumPath = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => onPath(name))
  .find((path) => path !== undefined);

/** The value of the last expression, as text, of scripts in a page whose policy forbids eval. */
export function runInChromium(scripts: string, expression: string): string | undefined {
  if (chromiumPath === undefined) throw new Error("chromium is not on PATH");
  const folder = mkdtempSync(join(tmpdir(), "esme-page-"));
  try {
    const page = join(folder, "page.html");
    const policy = `<meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'">`;
    const code = `${scripts};\ndocument.title = "right: " + ${expression};`;
    writeFileSync(page, `<!doctype html><meta charset="utf-8">${policy}<script>${code}</script>`);
    const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}`];
    const { stdout } = spawnSync(
      chromiumPath,
      [...options, "--dump-dom", pathToFileURL(page).href],
      { encoding: "utf8", timeout: 100_000, maxBuffer: 1 << 26 },
    );
    return /<title>right: (.*?)<\/title>/.exec(stdout)?.[1];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

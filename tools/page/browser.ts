/** Headless Chromium for the page: found on PATH, with a profile of its own, silent on the network. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumPath } from "@esme/browser/chromium";
import { type BrowserContext, chromium } from "playwright-core";

/** A browser that is closed with its profile. */
export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** Starts it. `colorScheme` and the size are those of its pages. */
export async function startBrowser(
  look: { colorScheme?: "light" | "dark"; width?: number; height?: number; scale?: number } = {},
): Promise<Browser> {
  const { colorScheme = "light", width = 1440, height = 900, scale = 1 } = look;
  if (chromiumPath === undefined) throw new Error("chromium is not on PATH");
  const profile = mkdtempSync(join(tmpdir(), "esme-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    colorScheme,
    viewport: { width, height },
    deviceScaleFactor: scale,
    locale: "en-GB",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  // Before the test's own time is over, so that a failure tells what was waited for.
  context.setDefaultTimeout(15_000);
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/**
 * Takes the picture of the page for the README: `npm run picture` in this folder writes
 * `packages/smsc/docs/page.png`, the left half light and the right half dark.
 *
 * A simulated message centre, an ESME that submits and answers, and a minute's traffic in seconds.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Client } from "@esme/client";
import { Smsc, SmscHttp } from "@esme/smsc";
import { startBrowser } from "./browser.ts";

/** Of traffic before the first picture: the more, the fuller the sparklines. */
const seconds = Number(process.argv[2] ?? 60);
const folder = fileURLToPath(new URL("../../packages/smsc/docs/", import.meta.url));

await using smsc = await new Smsc({ port: 0, receiptDelay: 300 }).listen();
await using http = await new SmscHttp(smsc).listen({ port: 0 });

const shop = await bound("shop");
const bank = await bound("bank");

async function bound(system_id: string): Promise<Client> {
  const client = new Client({
    host: "127.0.0.1",
    port: smsc.port,
    bind: { mode: "transceiver", system_id, password: "secret" },
    enquireLinkInterval: 2_000,
  });
  await client.connect();
  return client;
}

function submit(client: Client, from: string, to: string, text: string, registered_delivery = 1) {
  return client.submitSm({
    source_addr: from,
    destination_addr: to,
    short_message: Buffer.from(text),
    registered_delivery,
  });
}

/** Submissions in the background, so that there are rates to see. */
async function hum(client: Client, from: string, signal: AbortSignal): Promise<void> {
  for (let count = 0; !signal.aborted; count++) {
    const to = `2782000${String(2000 + (count % 7))}`;
    await submit(
      client,
      from,
      to,
      `Code ${100_000 + ((count * 7919) % 900_000)}`,
      count % 5 === 0 ? 1 : 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 60 + 50 * Math.sin(count / 9)));
  }
}

const humming = new AbortController();
const hums = [hum(shop, "4711", humming.signal), hum(bank, "BANK", humming.signal)];

mkdirSync(folder, { recursive: true });
for (const colorScheme of ["light", "dark"] as const) {
  await using browser = await startBrowser({ colorScheme, width: 1440, height: 900 });
  const page = await browser.context.newPage();
  await page.goto(http.url);
  const only = page.getByLabel("Number of the phone");
  await only.fill("27820001001");
  if (colorScheme === "light") {
    await submit(
      shop,
      "4711",
      "27820001001",
      "Your parcel is on its way. Reply 1 for a neighbour, 2 for a shop.",
    );
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await page
      .getByLabel("Text", { exact: true })
      .fill(
        "2, please. And could you ring the bell twice? The one on the left does not work since Monday, and I am at the back of the house until six, so a single ring is easily missed.",
      );
    await page.getByLabel("Text", { exact: true }).press("Enter");
    await new Promise((resolve) => setTimeout(resolve, 600));
    await submit(
      shop,
      "4711",
      "27820001001",
      "Thank you, your parcel waits for you at 12 Long Street.",
    ).catch(() => {});
    await submit(shop, "4711", "27820001001888803", "too long").catch(() => {});
  }
  if (colorScheme === "light") await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await page.getByRole("switch", { name: "Throttle" }).click();
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await page.getByLabel("Command", { exact: true }).selectOption("submit_sm");
  await page.locator(".pdu").first().waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page
    .locator(".pdu .command", { hasText: /^submit_sm$/ })
    .last()
    .click();
  await page.locator(".field", { hasText: "short_message" }).hover();
  await page.screenshot({ path: `${folder}page-${colorScheme}.png` });
  await page.getByRole("button", { name: "End all" }).click();
}
humming.abort();
await Promise.all(hums.map((hum) => hum.catch(() => {})));
await Promise.all([shop, bank].map((client) => client.unbind()));

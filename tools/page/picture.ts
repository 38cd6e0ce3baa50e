/**
 * Takes the pictures of the page for the README: `npm run picture` in this folder writes `page.png`
 * and `page-dark.png` into `packages/smsc/docs`.
 *
 * A simulated message centre, two ESMEs, and a minute of traffic, so that the sparklines are full.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { setTimeout as passed } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "@esme/client";
import { Smsc, SmscHttp } from "@esme/smsc";
import { startBrowser } from "./browser.ts";

/** Of traffic before the first picture. */
const seconds = Number(process.argv[2] ?? 60);
const folder = fileURLToPath(new URL("../../packages/smsc/docs/", import.meta.url));

const phone = "27820001001";
const parcel = "Your parcel is on its way. Reply 1 for a neighbour, 2 for a shop.";
const wish =
  "2, please. And could you ring twice? The bell on the left is broken since Monday, and I am " +
  "at the back of the house until six, so a single ring is easily missed up here.";
const thanks = "Thank you, it waits for you at 12 Long Street.";

await using smsc = await new Smsc({ receiptDelay: 300 }).listen();
await using http = await new SmscHttp(smsc).listen({ port: 0 });

const over = new AbortController();
const [shop, bank] = await Promise.all([bound("shop"), bound("bank")]);
const hums = [hum(shop, "4711", 30), hum(bank, "BANK", 50)];

await passed(seconds * 1000);
await submit(shop, "4711", phone, parcel);
await passed(500);
await smsc.deliver({ from: phone, to: "4711", text: wish });
await passed(500);
await submit(shop, "4711", phone, thanks);
await passed(500);

mkdirSync(folder, { recursive: true });
await picture("light", "page.png");
await picture("dark", "page-dark.png");

over.abort();
await Promise.all(hums);
await Promise.all([shop, bank].map((client) => client.unbind()));

async function bound(system_id: string): Promise<Client> {
  const bind = { mode: "transceiver", system_id, password: "secret" } as const;
  const client = new Client({ host: "127.0.0.1", port: smsc.port, bind });
  await client.connect();
  return client;
}

function submit(
  client: Client,
  source_addr: string,
  destination_addr: string,
  text: string,
  registered_delivery = 1,
) {
  const short_message = Buffer.from(text);
  return client.submitSm({ source_addr, destination_addr, short_message, registered_delivery });
}

/** Submissions in the background, about every so many milliseconds. */
async function hum(client: Client, from: string, pace: number): Promise<void> {
  for (let count = 0; !over.signal.aborted; count++) {
    const to = `2782000${2000 + (count % 7)}`;
    const text = `Code ${100_000 + ((count * 7919) % 900_000)}`;
    // What the fault in the picture refuses is refused.
    submit(client, from, to, text, count % 5 === 0 ? 1 : 0).catch(() => {});
    await passed(pace * (1.6 + Math.sin(count / 25)));
  }
}

/** What the page looks like with a fault in force and a PDU explained. */
async function picture(colorScheme: "light" | "dark", name: string): Promise<void> {
  await using browser = await startBrowser({ colorScheme, width: 1440, height: 900 });
  const page = await browser.context.newPage();
  await page.goto(http.url);
  await page.getByLabel("Number of the phone").fill(phone);
  await page.getByRole("switch", { name: "Random refusals" }).click();
  await page.getByLabel("Command", { exact: true }).selectOption("submit_sm");
  await page.locator(".pdu.error").first().waitFor();
  await passed(1_000);
  await page.getByRole("button", { name: "Pause" }).click();
  const submissions = page.locator(".pdu .command", { hasText: /^submit_sm$/ });
  await submissions.last().click();
  await page.locator(".field", { hasText: "short_message" }).hover();
  await page.screenshot({ path: `${folder}${name}` });
  await page.getByRole("button", { name: "End all" }).click();
  // A third of the size, where it is installed (Debian package pngquant).
  spawnSync("pngquant", ["--force", "--ext", ".png", `${folder}${name}`]);
}

/** The page in a real browser, against a real ESME. Runs where Chromium is installed. */
import { duplexPair } from "node:stream";
import { chromiumPath } from "@esme/browser/chromium";
import { Client } from "@esme/client";
import { type PduOf, Status } from "@esme/pdu";
import { Smsc, SmscHttp } from "@esme/smsc";
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Browser, startBrowser } from "../browser.ts";

const phone = "27820001001";
const hostile =
  '<img src=x onerror="window.hacked = 1"><script>window.hacked = 2</script>\u202e&lt;b&gt;';

describe.skipIf(chromiumPath === undefined)("optional: chromium", () => {
  let browser: Browser;
  let smsc: Smsc;
  let http: SmscHttp;
  let page: Page;
  /** What the page must never cause. */
  let complaints: string[];
  const clients: Client[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  beforeEach(async () => {
    smsc = await new Smsc({ port: 0, receiptDelay: 20 }).listen();
    http = await new SmscHttp(smsc).listen({ port: 0 });
    complaints = [];
    page = await opened();
  });

  afterEach(async () => {
    const hacked = await page.evaluate("window.hacked");
    await page.close();
    await Promise.all(clients.splice(0).map((client) => client.disconnect()));
    await http.close();
    await smsc.close();
    expect(complaints).toEqual([]);
    expect(hacked).toBeUndefined();
  });

  /** The page, loaded and live. */
  async function opened(): Promise<Page> {
    const made = await browser.context.newPage();
    made.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    made.on("pageerror", (error) => complaints.push(String(error)));
    made.on("request", (request) => {
      if (!request.url().startsWith(http.url)) complaints.push(`asked for ${request.url()}`);
    });
    await made.goto(http.url);
    await made.locator('#live[data-state="live"]').waitFor();
    await made.getByRole("switch", { name: "Throttle" }).waitFor();
    return made;
  }

  /** A client that is bound, and what it gets. */
  async function esme(): Promise<{ client: Client; received: PduOf<"deliver_sm">[] }> {
    const received: PduOf<"deliver_sm">[] = [];
    const client = new Client({
      host: "127.0.0.1",
      port: smsc.port,
      bind: { mode: "transceiver", system_id: "shop", password: "secret" },
      reconnect: false,
      callbacks: {
        deliver_sm: (pdu) => {
          received.push(pdu);
        },
      },
    });
    clients.push(client);
    await client.connect();
    return { client, received };
  }

  function submit(client: Client, text: string, fields: { destination_addr?: string } = {}) {
    return client.submitSm({
      source_addr: "4711",
      destination_addr: phone,
      short_message: Buffer.from(text, "latin1"),
      registered_delivery: 1,
      ...fields,
    });
  }

  test("without an ESME it says how to begin", async () => {
    const sessions = page.getByRole("region", { name: "Sessions" });
    await sessions.getByText("No ESME is bound.").waitFor();
    await sessions.getByText(`port: ${smsc.port}`).waitFor();
    await page.getByText("No PDU yet.").waitFor();
    await page.getByText(`Nothing on ${phone} yet.`).waitFor();
    await page.getByText("Choose a PDU to see").waitFor();
  });

  test("a session is shown while it is bound, and can be unbound", async () => {
    const { client } = await esme();
    const card = page.getByRole("article", { name: "Session 1, shop" });
    await card.getByText("transceiver").waitFor();
    await card.getByText("0 of 10").waitFor();
    await card.getByRole("button", { name: "Unbind" }).click();
    await card.waitFor({ state: "detached" });
    expect(client.state).not.toMatch(/BOUND/);
  });

  test("a text that an ESME submits arrives on the phone, and its receipt as ticks", async () => {
    const { client, received } = await esme();
    await submit(client, "Your code is 123456.");
    const bubble = page.locator(".bubble", { hasText: "Your code is 123456." });
    await bubble.locator(".tick.delivered", { hasText: "DELIVRD" }).waitFor();
    await expect.poll(() => received.length).toBe(1);
  });

  test("parts become one bubble that says how many they were", async () => {
    const { client } = await esme();
    for (const [index, text] of ["one two ", "three"].entries()) {
      const header = [5, 0, 3, 7, 2, index + 1];
      const short_message = Buffer.concat([Buffer.from(header), Buffer.from(text)]);
      await client.submitSm({ destination_addr: phone, esm_class: 0x40, short_message });
    }
    const bubble = page.locator(".bubble", { hasText: "one two three" });
    await bubble.getByText("2 parts").waitFor();
    await expect.poll(() => page.locator(".bubble").count()).toBe(1);
  });

  test("refused and expired texts are seen for what they are", async () => {
    const { client } = await esme();
    await submit(client, "no", { destination_addr: "27820999911" }).catch(() => {});
    const number = page.getByLabel("Number of the phone");
    await number.fill("27820999911");
    await page.getByText("Refused: ESME_RINVDSTADR").waitFor();
    await submit(client, "late", { destination_addr: "27820888803" });
    await number.fill("27820888803");
    await page.getByText("Not delivered: EXPIRED").waitFor();
  });

  test("a text written on the page arrives at the ESME, joined from its parts, and is ticked", async () => {
    const { received } = await esme();
    await page.getByLabel("Number of the phone").fill("27820001009");
    await page.getByLabel("To", { exact: true }).fill("4712");
    await page.getByLabel("How a long text is sent").selectOption("payload");
    const text = "Grüße aus der Küche 👋 ".repeat(10).trim();
    await page.getByLabel("Text", { exact: true }).fill(text);
    await page.getByRole("button", { name: "Send the text" }).click();
    const bubble = page.locator(".bubble.from_phone", { hasText: "Grüße" });
    await bubble.locator(".tick.delivered").waitFor();
    const [pdu] = received;
    expect(pdu).toMatchObject({ source_addr: "27820001009", destination_addr: "4712" });
    expect(
      Buffer.from(pdu?.message_payload ?? [])
        .swap16()
        .toString("utf16le"),
    ).toBe(text);
    await expect.poll(() => page.getByLabel("Text", { exact: true }).inputValue()).toBe("");
  });

  test("a text that nobody takes waits, and says so", async () => {
    await page.getByLabel("Text", { exact: true }).fill("anybody?");
    await page.getByLabel("Text", { exact: true }).press("Enter");
    const bubble = page.locator(".bubble.from_phone", { hasText: "anybody?" });
    await bubble.locator(".tick.waiting").waitFor();
    await esme();
    await bubble.locator(".tick.delivered").waitFor();
  });

  test("hostile texts, numbers and names stay text", async () => {
    const { client } = await esme();
    await client.submitSm({
      source_addr: "<b>1</b>",
      destination_addr: phone,
      service_type: "<i>",
      data_coding: 8,
      short_message: Buffer.from(hostile, "utf16le").swap16(),
    });
    const bubble = page.locator(".bubble .text");
    await expect.poll(() => bubble.allTextContents()).toEqual([hostile]);
    await page.locator(".pdu", { hasText: "<b>1</b>" }).first().click();
    await page.locator(".explained .words").waitFor();
    expect(await page.locator(".explained .words").textContent()).toBe(hostile);
    expect(await page.locator(".explained b, .thread img, .log img, .explained i").count()).toBe(0);
  });

  test("a PDU is explained: a field and its octets light up together", async () => {
    const { client } = await esme();
    await submit(client, "hello");
    await page.locator(".pdu", { hasText: "“hello”" }).click();
    const field = page.locator(".field", { hasText: "short_message" });
    await field.hover();
    const lit = () => page.locator(".dump .hex .octet.lit").allTextContents();
    expect(await lit()).toEqual(["68", "65", "6c", "6c", "6f"]);
    await page.locator(".dump .hex .octet").nth(4).hover();
    expect(await lit()).toEqual(["00", "00", "00", "04"]);
    const litColours = new Set<string>();
    for (const octet of await page.locator(".dump .octet.lit").all()) {
      const { grounds } = await octet.evaluate(coloursOf);
      litColours.add(grounds[0] ?? "");
    }
    expect([...litColours]).toEqual(["rgb(255, 210, 74)"]);
    await expect.poll(() => page.locator(".field.lit .name").textContent()).toBe("command_id");
  });

  test("it can be copied as hex, and the log be exported", async () => {
    const { client } = await esme();
    await submit(client, "hello");
    await page.locator(".pdu", { hasText: "“hello”" }).click();
    await page.getByRole("button", { name: "Copy hex" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await page.evaluate("navigator.clipboard.readText()");
    expect(copied).toMatch(/^000000[0-9a-f]{2}00000004.*68656c6c6f$/);
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export pcap" }).click();
    expect((await downloading).suggestedFilename()).toBe("esme-smsc.pcap");
  });

  test("the log is filtered by command, session and errors, and paused", async () => {
    const { client } = await esme();
    await submit(client, "one");
    await submit(client, "two", { destination_addr: "999908" }).catch(() => {});
    const lines = page.locator(".pdu .command");
    await page.getByLabel("Command", { exact: true }).selectOption("bind_transceiver");
    await expect
      .poll(() => lines.allTextContents())
      .toEqual(["bind_transceiver", "bind_transceiver_resp"]);
    await page.getByLabel("Command", { exact: true }).selectOption("");
    await page.getByLabel("errors only").check();
    await expect.poll(() => lines.allTextContents()).toEqual(["submit_sm_resp"]);
    await submit(client, "three", { destination_addr: "999908" }).catch(() => {});
    await expect.poll(() => lines.count()).toBe(2);
    await page.getByRole("button", { name: "Pause" }).click();
    await submit(client, "four", { destination_addr: "999908" }).catch(() => {});
    await page.getByRole("button", { name: "Go on (1 new)" }).click();
    await expect.poll(() => lines.count()).toBe(3);
    await page.getByRole("button", { name: "PDUs" }).click();
    await expect.poll(() => page.getByLabel("Session", { exact: true }).inputValue()).toBe("1");
  });

  test("a fault switched on by a click is what the ESME gets, until it is switched off", async () => {
    const { client } = await esme();
    const refuse = page.getByRole("switch", { name: "Refuse", exact: true });
    const row = page.getByRole("listitem").filter({ has: refuse });
    await row.getByText("ESME_RSYSERR").click();
    await row.getByLabel("command_status of the refusal").fill("ESME_RSUBMITFAIL");
    await refuse.click();
    await page.getByText("1 in force").waitFor();
    await expect(submit(client, "x")).rejects.toMatchObject({ status: Status.ESME_RSUBMITFAIL });
    await row.getByText("1 times").waitFor();
    await refuse.click();
    await expect.poll(() => refuse.getAttribute("aria-checked")).toBe("false");
    await submit(client, "x");
  });

  test("a fault that cannot be is told, and the page goes on", async () => {
    const refuse = page.getByRole("switch", { name: "Refuse", exact: true });
    const row = page.getByRole("listitem").filter({ has: refuse });
    await row.getByText("ESME_RSYSERR").click();
    await row.getByLabel("command_status of the refusal").fill("ESME_NONSENSE");
    await refuse.click();
    await page
      .getByRole("alert")
      .filter({ hasText: "status: expected a command_status" })
      .waitFor();
    // The browser tells of every answer that is no success.
    complaints = complaints.filter((each) => !each.includes("400 (Bad Request)"));
  });

  test("of very many sessions some are shown, and the others summed up", async () => {
    for (let count = 0; count < 150; count++) smsc.accept(duplexPair()[1]);
    await page.getByText("and 50 more sessions, 0 bound: 0 /s in, 0 /s out").waitFor();
    expect(await page.locator(".session").count()).toBe(100);
    for (const session of smsc.sessions.slice(0, 60)) session.destroy();
    await page.getByText("more sessions").waitFor({ state: "hidden" });
    expect(await page.locator(".session").count()).toBe(90);
  });

  test("of very many texts the last are shown, and earlier ones when asked for", async () => {
    const report = { system_id: "esme", from: "4711", to: phone, command_status: 0 };
    for (let count = 1; count <= 250; count++) {
      const message_id = String(count);
      smsc.emit("submit", { ...report, message_id });
      smsc.emit("message", { ...report, text: `text ${count}`, parts: 1, ids: [message_id] });
    }
    await page.getByText("text 250", { exact: true }).waitFor();
    expect(await page.locator(".bubble").count()).toBe(200);
    await page.getByRole("button", { name: "Earlier texts" }).click();
    await page.getByText("text 1", { exact: true }).waitFor();
    expect(await page.locator(".bubble").count()).toBe(250);
    await page.getByRole("button", { name: "Earlier texts" }).waitFor({ state: "hidden" });
  });

  test("texts that the page was not told are asked for", async () => {
    const report = { system_id: "esme", from: "4711", to: phone, command_status: 0 };
    for (let count = 1; count <= 40; count++) {
      const [message_id, text] = [String(count), `${count} ${"x".repeat(50_000)}`];
      smsc.emit("submit", { ...report, message_id });
      smsc.emit("message", { ...report, text, parts: 1, ids: [message_id] });
    }
    await page.close();
    page = await opened();
    await page.locator(".bubble").first().waitFor();
    const few = await page.locator(".bubble").count();
    expect(few).toBeLessThan(15);
    const earlier = page.getByRole("button", { name: "Earlier texts" });
    for (let clicks = 0; (await earlier.isVisible()) && clicks < 10; clicks++) {
      const before = await page.locator(".bubble").count();
      await earlier.click();
      await expect
        .poll(
          async () =>
            (await page.locator(".bubble").count()) > before || (await earlier.isHidden()),
        )
        .toBe(true);
    }
    expect(await page.locator(".bubble").count()).toBe(40);
  });

  test("faults of a program are there, too, and all end at once", async () => {
    smsc.behave({ fault: "delay", ms: 5 });
    smsc.behave({ script: () => undefined });
    await page.getByText("2 in force").waitFor();
    await page.getByRole("switch", { name: "A script of a program" }).waitFor();
    await page.getByRole("button", { name: "End all" }).click();
    await expect.poll(() => smsc.behaviours.length).toBe(0);
  });

  test("the line that is chosen and the octets that light up are in sight", async () => {
    const { client } = await esme();
    for (let number = 0; number < 60; number++) await submit(client, "x".repeat(150));
    await page.locator(".pdu").nth(120).waitFor();
    const isIn = (list: string, item: string) =>
      page.evaluate(
        `(() => {
          const selectors = ${JSON.stringify([list, item])};
          const [list, item] = selectors.map((each) => document.querySelector(each));
          const [outer, inner] = [list, item].map((each) => each?.getBoundingClientRect());
          return inner?.top >= outer?.top - 1 && inner?.bottom <= outer?.bottom + 1;
        })()`,
      );
    const chosen = '.pdu[aria-selected="true"]';
    await page.keyboard.press("l");
    for (const key of ["Home", "End"]) {
      await page.keyboard.press(key);
      await expect.poll(() => isIn(".log", chosen)).toBe(true);
    }
    const line = page.locator(".pdu", { hasText: "submit_sm" }).nth(58);
    await line.click();
    await page.locator(".explained h3", { hasText: "submit_sm" }).waitFor();
    await expect.poll(() => isIn(".log", chosen)).toBe(true);
    await page.keyboard.press("Enter");
    for (const key of ["End", "Home"]) {
      await page.keyboard.press(key);
      await expect.poll(() => isIn(".dump", ".dump .lit")).toBe(true);
    }
  });

  test("a list that is loaded late takes away neither lines nor the focus", async () => {
    const { client } = await esme();
    let onFetched = () => {};
    let goOn = () => {};
    const fetched = new Promise<void>((resolve) => {
      onFetched = resolve;
    });
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route(/api\/pdus(\?|$)/, async (route) => {
      const response = await route.fetch();
      onFetched();
      await held;
      await route.fulfill({ response });
    });
    await page.reload();
    await fetched;
    await submit(client, "late");
    const line = page.locator(".pdu", { hasText: "“late”" });
    await line.waitFor();
    await page.keyboard.press("l");
    await page.keyboard.press("Home");
    const focused = () => page.evaluate("document.activeElement.dataset.id");
    const before = await focused();
    expect(before).toBeDefined();
    goOn();
    await page.locator(".pdu", { hasText: "bind_transceiver" }).first().waitFor();
    expect(await focused()).toBe(before);
    expect(await line.count()).toBe(1);
  });

  test("whoever goes on before a text is taken keeps the place and what was typed", async () => {
    const { received } = await esme();
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route(/api\/texts$/, async (route) => {
      const response = await route.fetch();
      await held;
      await route.fulfill({ response });
    });
    const text = page.getByLabel("Text", { exact: true });
    await text.fill("first");
    await text.press("Enter");
    await expect.poll(() => received.length).toBe(1);
    await text.fill("second");
    await text.press("Escape");
    await page.keyboard.press("l");
    const answered = page.waitForResponse(/api\/texts$/);
    goOn();
    await answered;
    // What the page does about that answer is done before a later one comes.
    await page.evaluate("fetch('api/pdus').then((each) => each.text())");
    await page.keyboard.press("Home");
    await expect.poll(() => page.locator(".explained h3").textContent()).toBe("bind_transceiver");
    expect(await text.inputValue()).toBe("second");
  });

  test("everything can be done with the keyboard alone", async () => {
    const { client, received } = await esme();
    await submit(client, "hello");
    await page.locator(".pdu", { hasText: "“hello”" }).waitFor();
    const press = (key: string) => page.keyboard.press(key);
    const focused = () => page.evaluate("document.activeElement.textContent");

    await press("Tab");
    expect(await focused()).toBe("Phone");
    expect(await page.evaluate("getComputedStyle(document.activeElement).top")).not.toMatch(/^-/);

    await press("m");
    await page.keyboard.type("yes");
    await press("Enter");
    await expect
      .poll(() => received.map(({ short_message }) => String(Buffer.from(short_message))))
      .toContain("yes");
    await press("Escape");

    await press("l");
    await press("Home");
    await expect.poll(() => page.locator(".explained h3").textContent()).toBe("bind_transceiver");
    await press("ArrowDown");
    await expect
      .poll(() => page.locator(".explained h3").textContent())
      .toBe("bind_transceiver_resp");
    await press("Enter");
    await press("ArrowDown");
    await expect.poll(() => page.locator(".field.lit .name").textContent()).toBe("command_id");
    await press("c");
    await page.getByRole("button", { name: "Copied" }).waitFor();
    await press("Escape");

    await press("f");
    expect(await focused()).toBe("Throttle");
    await press("Tab");
    await press("Tab");
    await press("Space");
    await page.getByText("1 in force").waitFor();

    await press("p");
    await page.getByRole("button", { name: "Go on" }).waitFor();
    await press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await press("Escape");
    await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "hidden" });
  });

  test("at 360 pixels nothing is wider than the screen", async () => {
    const { client } = await esme();
    await submit(client, `${"W".repeat(100)} ${hostile}`);
    await client.submitSm({ destination_addr: phone, message_payload: Buffer.alloc(900, 0x57) });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator(".pdu", { hasText: "WWW" }).first().click();
    await page.locator(".field", { hasText: "short_message" }).waitFor();
    for (const summary of await page.locator(".fault summary").all()) await summary.click();
    const width = await page.evaluate("document.documentElement.scrollWidth");
    expect(width).toBe(360);
    await page.getByRole("link", { name: "Faults" }).click();
    await expect
      .poll(() =>
        page.locator("#faults").evaluate((each) => each.getBoundingClientRect().top < 400),
      )
      .toBe(true);
  });

  test.each([390, 1024, 1440])("at %i pixels it ends where its parts end", async (width) => {
    const { client } = await esme();
    for (let count = 0; count < 60; count++) await submit(client, `text ${count}`);
    await page.locator(".pdu", { hasText: "text 59" }).first().click();
    await page.locator(".field", { hasText: "short_message" }).waitFor();
    await page.setViewportSize({ width, height: 900 });
    const { scrollHeight, innerHeight, bottom } = await page.locator("main").evaluate(heightsOf);
    // Below 992 pixels the links to the parts lie over the foot of the page.
    const foot = width < 992 ? 60 : 0;
    expect(scrollHeight).toBeGreaterThanOrEqual(innerHeight);
    expect(scrollHeight).toBeLessThanOrEqual(Math.max(innerHeight, bottom + foot));
  });

  test("dark where the reader prefers it, with texts that can be read", async () => {
    const { client } = await esme();
    await submit(client, "hello");
    await page.locator(".bubble .text").waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const selector of [
        "h2",
        ".meta",
        ".pdu .command",
        ".fault .says",
        ".badge",
        ".remote",
      ]) {
        const colours = await page.locator(selector).first().evaluate(coloursOf);
        const contrast = contrastOf(colours);
        expect(contrast, `${selector}, ${colorScheme}`).toBeGreaterThan(4.5);
      }
    }
    const ground = await page.evaluate(
      "getComputedStyle(document.documentElement).backgroundColor",
    );
    expect(ground).toBe("rgb(14, 18, 20)");
  });

  test("it finds its way back when the simulator was away", async () => {
    const port = Number(new URL(http.url).port);
    await http.close();
    await page.locator('#live[data-state="reconnecting"]').waitFor();
    http = await new SmscHttp(smsc).listen({ port });
    await page.locator('#live[data-state="live"]').waitFor();
    await esme();
    await page.getByRole("article", { name: "Session 1, shop" }).waitFor();
    complaints = complaints.filter((each) => !each.includes("ERR_"));
  });
});

/** An element of the page, as functions that run there get it. */
type Evaluated = Parameters<
  Extract<Parameters<Locator["evaluate"]>[0], (...args: never) => unknown>
>[0];

/** The colour of a text, and what is behind it, nearest first. */
interface Colours {
  readonly text: string;
  readonly grounds: readonly string[];
}

/** Runs in the page. */
const coloursOf = (element: Evaluated): Colours => {
  // The window by way of the element: in this program there is none.
  const { defaultView } = element.ownerDocument;
  const grounds: string[] = [];
  for (let each = element; each; each = each.parentElement) {
    grounds.push(defaultView.getComputedStyle(each).backgroundColor);
  }
  return { text: defaultView.getComputedStyle(element).color, grounds };
};

/** Runs in the page: how high it is, its window, and where this element ends. */
const heightsOf = (element: Evaluated) => {
  const { defaultView, documentElement } = element.ownerDocument;
  return {
    scrollHeight: documentElement.scrollHeight,
    innerHeight: defaultView.innerHeight,
    bottom: Math.ceil(element.getBoundingClientRect().bottom + defaultView.scrollY),
  };
};

/** How well a text stands out from the first thing behind it that has a colour (WCAG 2.2, 1.4.3). */
function contrastOf({ text, grounds }: Colours): number {
  const ground = grounds.find((each) => channelsOf(each)[3] !== 0) ?? "rgb(255, 255, 255)";
  const [one, other] = [luminanceOf(text), luminanceOf(ground)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour).map((channel) => {
    const part = channel / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channelsOf(colour: string): number[] {
  return (colour.match(/[\d.]+/g) ?? []).map(Number);
}

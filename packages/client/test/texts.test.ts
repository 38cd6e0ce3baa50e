// Texts and receipts over a connection: the answers to the SMSC, and the loop over texts().
import { once } from "node:events";
import { Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import { Client, type ClientOptions } from "../src/index.ts";
import { receiveTexts, sendText, type TextsOptions, texts } from "../src/text.ts";
import { smscOf } from "./smsc.ts";
import { partsOf } from "./text-pdus.ts";

const long = "Fußgängerübergänge 🚶 ".repeat(10);

async function bound(options: ClientOptions = {}) {
  const smsc = await smscOf();
  const client = new Client({
    host: "127.0.0.1",
    port: smsc.port,
    bind: { mode: "transceiver", system_id: "esme" },
    ...options,
  });
  onTestFinished(() => client.disconnect());
  await client.connect();
  const [session] = smsc.sessions;
  if (session === undefined) throw new Error("no session");
  /** A deliver_sm of the SMSC; resolves with the status of the answer. */
  const deliver = async (fields: object): Promise<number> => {
    try {
      const { command_status } = await session.session.request({
        command: "deliver_sm",
        ...fields,
      });
      return command_status;
    } catch (error) {
      if (error instanceof Error && "status" in error) return Number(error.status);
      throw error;
    }
  };
  return { smsc, client, deliver };
}

const octetsOf = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

describe("receiveTexts as callbacks of a client", () => {
  test("answers ESME_ROK when onText took it, and the SMSC's other callbacks go on", async () => {
    const seen: string[] = [];
    const callbacks = {
      ...receiveTexts({ onText: ({ text }) => void seen.push(text) }),
      alert_notification: () => void seen.push("alert"),
    };
    const { deliver } = await bound({ callbacks });
    expect(await deliver({ short_message: octetsOf("hello") })).toBe(Status.ESME_ROK);
    expect(seen).toEqual(["hello"]);
  });

  test("answers a temporary error when it failed, and emits the error", async () => {
    const { client, deliver } = await bound();
    client.setCallbacks(receiveTexts({ onText: () => Promise.reject(new Error("disk full")) }));
    const told = once(client, "error");
    expect(await deliver({ short_message: octetsOf("hello") })).toBe(Status.ESME_RX_T_APPN);
    expect(await told).toMatchObject([{ code: "handler_failed", cause: { message: "disk full" } }]);
  });

  test("takes what sendText of another side sent, by data_sm too", async () => {
    const seen: unknown[] = [];
    const { smsc, client } = await bound({
      callbacks: receiveTexts({
        onText: ({ from, text }) => void seen.push([from, text]),
        onReceipt: ({ id, final }) => void seen.push([id, final]),
      }),
    });
    await smsc.deliver({ from: "27820001001", to: "62000", text: long, shuffle: true });
    const { message_ids } = await sendText(client, {
      to: "+27820001002",
      text: "hi",
      registered_delivery: 1,
    });
    await expect.poll(() => seen.length).toBe(2);
    expect(seen).toEqual([
      ["27820001001", long],
      [message_ids[0], true],
    ]);
    // What goes out is not what comes in.
    await client.dataSm({ destination_addr: "1", message_payload: octetsOf("x") });
    expect(seen).toHaveLength(2);
  });
});

describe("texts(client)", () => {
  test("gives texts and receipts until the client unbinds", async () => {
    const { smsc, client } = await bound();
    const items = texts(client);
    const delivered = smsc.deliver({ from: "1", to: "62000", text: long, shuffle: true });
    const kinds: string[] = [];
    await sendText(client, { to: "2", text: "x", registered_delivery: 1 });
    for await (const item of items) {
      kinds.push(item.kind === "text" ? item.text : `${item.kind} ${item.status}`);
      if (kinds.length === 2) void client.unbind();
    }
    await delivered;
    expect(kinds.sort()).toEqual([long, "receipt delivered"].sort());
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test("passes over other requests", async () => {
    const { smsc, client } = await bound();
    const items = texts(client);
    smsc.sessions[0]?.session.send({ command: "alert_notification", source_addr: "1" });
    const delivered = smsc.deliver({ from: "1", to: "2", text: "hello" });
    expect((await items.next()).value).toMatchObject({ kind: "text", text: "hello" });
    await delivered;
    await items.return();
  });

  test("that is left drops what is incomplete, with onIncomplete, and takes no more", async () => {
    const incomplete: unknown[] = [];
    const options: TextsOptions = {
      onIncomplete: ({ received }) => void incomplete.push(received),
    };
    const { client, deliver } = await bound();
    const [first] = partsOf(long, { reference: 1 });
    const { esm_class = 0, data_coding = 0, short_message } = first ?? {};
    for await (const item of start(texts(client, options), async () => {
      expect(await deliver({ esm_class, data_coding, short_message })).toBe(Status.ESME_ROK);
      expect(await deliver({ short_message: octetsOf("hello") })).toBe(Status.ESME_ROK);
    })) {
      expect(item).toMatchObject({ text: "hello" });
      break;
    }
    expect(incomplete).toEqual([[1]]);
    expect(await deliver({ short_message: octetsOf("late") })).toBe(Status.ESME_RX_T_APPN);
  });

  test("that was never begun is left all the same", async () => {
    const { client, deliver } = await bound();
    await texts(client).return();
    expect(await deliver({ short_message: octetsOf("late") })).toBe(Status.ESME_RX_T_APPN);
  });

  test("ends with the error of onPart", async () => {
    const { client, deliver } = await bound();
    const items = texts(client, { onPart: () => Promise.reject(new Error("disk full")) });
    const [first] = partsOf(long, { reference: 1 });
    const { esm_class = 0, data_coding = 0, short_message } = first ?? {};
    const next = items.next();
    const delivered = deliver({ esm_class, data_coding, short_message });
    await expect(next).rejects.toThrow("disk full");
    // Taking it has answered it.
    expect(await delivered).toBe(Status.ESME_ROK);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test("that is thrown into ends with that error", async () => {
    const { client } = await bound();
    const items = texts(client);
    await expect(items.throw(new Error("enough"))).rejects.toThrow("enough");
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test("is left at the end of await using", async () => {
    const { client, deliver } = await bound();
    {
      await using items = texts(client);
      void items;
    }
    expect(await deliver({ short_message: octetsOf("late") })).toBe(Status.ESME_RX_T_APPN);
  });

  test("refuses options that there are not", async () => {
    const { client } = await bound();
    // @ts-expect-error misspelt
    expect(() => texts(client, { onPrat: () => {} })).toThrow(
      "texts: unknown option onPrat (function), did you mean onPart?",
    );
    // @ts-expect-error of receiveTexts
    expect(() => texts(client, { onText: () => {} })).toThrow("texts: unknown option onText");
  });
});

/** The same items, with something going on meanwhile. */
async function* start<I>(items: AsyncIterable<I>, meanwhile: () => Promise<void>) {
  const running = meanwhile();
  yield* items;
  await running;
}

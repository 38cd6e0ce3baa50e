/** After `close()`: everything that was under way has ended, nothing can begin. */
import { once } from "node:events";
import { createServer } from "node:net";
import { duplexPair } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { Smsc, SmscHttp } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

function smscWith() {
  const smsc = new Smsc({ port: 0, receiptDelay: 0 });
  open.push(smsc);
  return smsc;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

const closed = expect.objectContaining({ code: "closed" });

/** A dialogue whose screen is shown. */
async function dialogue(smsc: Smsc) {
  const esme = RawEsme.join(smsc);
  await esme.bind();
  const dialled = smsc.phone("1").dial("*1#");
  const { its_session_info } = await esme.takeDelivery();
  const shown = { source_addr: "*1#", destination_addr: "1", ussd_service_op: Uint8Array.of(2) };
  await esme.submit({ ...shown, its_session_info });
  return dialled;
}

describe("ends with close()", () => {
  test.each<[string, (smsc: Smsc) => Promise<unknown>]>([
    ["deliver() without a receiver", (smsc) => smsc.deliver({ from: "1", to: "2", text: "hi" })],
    ["dial() without a receiver", (smsc) => smsc.phone("1").dial("*1#")],
    ["listen()", (smsc) => smsc.listen()],
  ])("%s, which rejects", async (_, begin) => {
    const smsc = smscWith();
    const ended = expect(begin(smsc)).rejects.toEqual(closed);
    await smsc.close();
    await ended;
  });

  test("dial() whose deliver_sm was taken, which rejects", async () => {
    const smsc = smscWith();
    const esme = RawEsme.join(smsc);
    await esme.bind();
    const ended = expect(smsc.phone("1").dial("*1#")).rejects.toEqual(closed);
    await esme.takeDelivery();
    await smsc.close();
    await ended;
  });

  test("reply(), which rejects", async () => {
    const smsc = smscWith();
    const screen = await dialogue(smsc);
    const ended = expect(screen.reply("1")).rejects.toEqual(closed);
    await smsc.close();
    await ended;
  });

  test("outbind() on its way, which rejects and leaves neither session nor connection", async () => {
    const smsc = smscWith();
    const peer = createServer().listen(0, "127.0.0.1");
    await once(peer, "listening");
    const address = peer.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const ended = expect(smsc.outbind({ host: "127.0.0.1", port })).rejects.toEqual(closed);
    await smsc.close();
    await ended;
    expect(smsc.sessions).toEqual([]);
    await new Promise((resolve) => peer.close(resolve));
  });

  test("messages(), with what was shown before", async () => {
    const smsc = smscWith();
    const esme = RawEsme.join(smsc);
    await esme.bind();
    const texts: string[] = [];
    const read = (async () => {
      for await (const { text } of smsc.messages()) texts.push(text);
    })();
    const shown = once(smsc, "message");
    await esme.submit({ destination_addr: "1", short_message: Buffer.from("last words") });
    await shown;
    await smsc.close();
    await read;
    expect(texts).toEqual(["last words"]);
    expect(smsc.listenerCount("message") + smsc.listenerCount("close")).toBe(0);
  });
});

describe("cannot begin any more", () => {
  test.each<[string, (smsc: Smsc) => Promise<unknown>]>([
    ["deliver()", (smsc) => smsc.deliver({ from: "1", to: "2", text: "hi" })],
    ["dial()", (smsc) => smsc.phone("1").dial("*1#")],
    ["listen()", (smsc) => smsc.listen()],
    ["outbind()", (smsc) => smsc.outbind({ host: "127.0.0.1", port: 1 })],
  ])("%s rejects", async (_, begin) => {
    const smsc = smscWith();
    await smsc.close();
    await expect(begin(smsc)).rejects.toEqual(closed);
  });

  test("messages() is over at once", async () => {
    const smsc = smscWith();
    await smsc.close();
    expect(await smsc.messages().next()).toEqual({ done: true, value: undefined });
  });

  test("accept() throws, and destroys the stream", async () => {
    const smsc = smscWith();
    await smsc.close();
    const [, stream] = duplexPair();
    expect(() => smsc.accept(stream)).toThrow(closed);
    expect(stream.destroyed).toBe(true);
  });
});

test("the HTTP server closed while it begins to listen does not listen", async () => {
  const http = new SmscHttp(smscWith());
  const ended = expect(http.listen({ port: 0 })).rejects.toEqual(closed);
  await http.close();
  await ended;
  expect(http.url).toBe("");
});

test("the HTTP server listens once", async () => {
  const http = await new SmscHttp(smscWith()).listen({ port: 0 });
  await expect(http.listen({ port: 0 })).rejects.toMatchObject({ code: "listening" });
  await http.close();
});

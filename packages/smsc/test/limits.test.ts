/** What hostile ESMEs may cost: no turn of the event loop does much, no account takes what others need. */
import { once } from "node:events";
import { Duplex } from "node:stream";
import { encode, type PduInput, Status, UssdServiceOp } from "@esme/pdu";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Smsc, type SmscOptions } from "../src/index.ts";
import { stepsInOneTurn } from "../src/structures/slices.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

function smscWith(options: SmscOptions = {}): Smsc {
  const smsc = new Smsc({ port: 0, receiptDelay: 0, ...options });
  open.push(smsc);
  return smsc;
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

async function bound(smsc: Smsc, system_id = "esme"): Promise<RawEsme> {
  const esme = RawEsme.join(smsc);
  await esme.bind("bind_transceiver", system_id);
  return esme;
}

/** Counts in each turn of the event loop; gives the most that one had. */
function countingTurns() {
  let [most, now, isOver] = [0, 0, false];
  const next = () => {
    most = Math.max(most, now);
    now = 0;
    if (!isOver) setImmediate(next);
  };
  setImmediate(next);
  return {
    count: () => {
      now++;
    },
    end: () => {
      isOver = true;
      return Math.max(most, now);
    },
  };
}

const many = (count: number, pdu: (index: number) => PduInput) =>
  Buffer.concat(Array.from({ length: count }, (_, index) => encode(pdu(index), index + 10)));

const destinations = Array.from({ length: 254 }, (_, index) => ({
  dest_flag: 1 as const,
  destination_addr: `2782000${String(index).padStart(4, "0")}`,
}));

describe("no turn of the event loop does more than a slice of the work", () => {
  test("submit_multi of very many destinations: taken, delivered and reported in slices", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    const [taken, shown, reported] = [countingTurns(), countingTurns(), countingTurns()];
    let receipts = 0;
    const all = new Promise<void>((resolve) => {
      smsc.on("submit", taken.count).on("message", shown.count);
      smsc.on("receipt", () => {
        reported.count();
        if (++receipts === 10 * 254) resolve();
      });
    });
    const pdu = { command: "submit_multi", dest_address: destinations } as const;
    esme.write(many(10, () => ({ ...pdu, registered_delivery: 1 })));
    for (let count = 0; count < 10; count++) {
      const { command_status, unsuccess_sme } = await esme.read("submit_multi_resp");
      expect([command_status, unsuccess_sme]).toEqual([0, []]);
    }
    await all;
    for (const turns of [taken, shown, reported]) {
      expect(turns.end()).toBeLessThanOrEqual(2 * stepsInOneTurn);
    }
  });

  test("a phone that is on again gets what waited for it in slices, in order", async () => {
    const smsc = smscWith();
    const esme = await bound(smsc);
    smsc.phone("2").off();
    // Each tells of it twice: before its time, and when it waits for the phone.
    const wait = {
      command: "submit_sm",
      destination_addr: "2",
      registered_delivery: 0x10,
    } as const;
    let told = 0;
    const waiting = new Promise<void>((resolve) => {
      smsc.on("receipt", () => {
        if (++told === 6_000) resolve();
      });
    });
    esme.write(many(3_000, () => wait));
    await waiting;
    const turns = countingTurns();
    const ids: string[] = [];
    const all = new Promise<void>((resolve) => {
      smsc.on("message", ({ ids: [id = ""] }) => {
        turns.count();
        if (ids.push(id) === 3_000) resolve();
      });
    });
    smsc.phone("2").on();
    await all;
    expect(turns.end()).toBeLessThanOrEqual(stepsInOneTurn);
    expect(ids).toEqual([...ids].sort());
  });

  test("cancel_sm of very many messages: all of them, in slices, before the answer", async () => {
    const smsc = smscWith({ receiptDelay: 60_000 });
    const esme = await bound(smsc);
    esme.write(
      many(3_000, () => ({
        command: "submit_sm",
        source_addr: "1",
        destination_addr: "2",
        registered_delivery: 1,
      })),
    );
    for (let count = 0; count < 3_000; count++) await esme.read("submit_sm_resp");
    const turns = countingTurns();
    let cancelled = 0;
    smsc.on("receipt", ({ stat }) => {
      turns.count();
      if (stat === "DELETED") cancelled++;
    });
    const cancel = { command: "cancel_sm", source_addr: "1", destination_addr: "2" } as const;
    esme.send(cancel);
    expect((await esme.read("cancel_sm_resp")).command_status).toBe(0);
    expect(cancelled).toBe(3_000);
    expect(turns.end()).toBeLessThanOrEqual(stepsInOneTurn);
    esme.send(cancel);
    const again = await esme.read("cancel_sm_resp");
    expect(again.command_status).toBe(Status.ESME_RCANCELFAIL);
  });
});

describe("one write for each turn", () => {
  /** A stream that an ESME writes to by hand; notes every write of the other side. */
  function counted() {
    const writes: number[] = [];
    const stream = new Duplex({
      read: () => {},
      write: (chunk: Uint8Array, _, done) => {
        writes.push(chunk.length);
        done();
      },
    });
    return { stream, writes };
  }

  test.each([
    ["with", true],
    ["without", false],
  ])("%s somebody who watches every PDU", async (_, isWatched) => {
    const smsc = smscWith();
    let seen = 0;
    if (isWatched) smsc.on("pdu", () => seen++);
    const { stream, writes } = counted();
    const isBound = once(smsc, "bound");
    smsc.accept(stream);
    stream.push(encode({ command: "bind_transmitter", system_id: "esme", password: "" }, 1));
    await isBound;
    await new Promise((resolve) => setImmediate(resolve));
    writes.length = 0;
    stream.push(many(100, () => ({ command: "submit_sm", destination_addr: "2" })));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes).toHaveLength(1);
    expect(seen).toBe(isWatched ? 202 : 0);
  });
});

describe("octets", () => {
  const payload = (length: number) => ({
    command: "data_sm" as const,
    source_addr: "1",
    destination_addr: "2",
    message_payload: Buffer.alloc(length, "x"),
  });

  test("messages under way take no more than queueOctets of one account, and the others go on", async () => {
    const smsc = smscWith({ receiptDelay: 60_000, queueOctets: 200_000 });
    const [greedy, other] = [await bound(smsc, "greedy"), await bound(smsc, "other")];
    greedy.write(many(10, () => payload(50_000)));
    const statuses: number[] = [];
    for (let count = 0; count < 10; count++) {
      statuses.push((await greedy.read("data_sm_resp")).command_status);
    }
    expect(statuses.filter((status) => status === 0)).toHaveLength(3);
    expect(statuses.at(-1)).toBe(Status.ESME_RMSGQFUL);
    other.send(payload(50_000));
    expect((await other.read("data_sm_resp")).command_status).toBe(0);
    greedy.send({ command: "cancel_sm", source_addr: "1", destination_addr: "2" });
    expect((await greedy.read("cancel_sm_resp")).command_status).toBe(0);
    greedy.send(payload(50_000));
    expect((await greedy.read("data_sm_resp")).command_status).toBe(0);
  });

  test("a replacement that has no room is refused, and the message stays as it was", async () => {
    const smsc = smscWith({ receiptDelay: 60_000, queueOctets: 600 });
    const esme = await bound(smsc);
    const { message_id } = await esme.submit({ source_addr: "1", destination_addr: "2" });
    const replace = { command: "replace_sm", source_addr: "1", message_id } as const;
    const status = async (length: number) => {
      esme.send({ ...replace, short_message: Buffer.alloc(length, "x") });
      return (await esme.read("replace_sm_resp")).command_status;
    };
    expect([await status(200), await status(80), await status(88), await status(89)]).toEqual([
      Status.ESME_RREPLACEFAIL,
      0,
      0,
      Status.ESME_RREPLACEFAIL,
    ]);
  });

  test("deliver_sm for one account take no more than queueOctets, and the others go on", async () => {
    const smsc = smscWith({ queueOctets: 100_000 });
    const text = { from: "1", to: "2", text: "x".repeat(30_000), method: "payload" } as const;
    const greedy = { ...text, system_id: "greedy" };
    const waiting = [1, 2, 3].map(() => smsc.deliver(greedy).catch(() => "closed"));
    await expect(smsc.deliver(greedy)).rejects.toMatchObject({
      code: "queue_full",
      message: expect.stringContaining('octets of messages wait for "greedy"'),
    });
    const other = smsc.deliver({ ...text, system_id: "other" }).catch(() => "closed");
    expect(smsc.pendingDeliveries).toBe(4);
    await smsc.close();
    expect(await Promise.all([...waiting, other])).toEqual([
      "closed",
      "closed",
      "closed",
      "closed",
    ]);
  });
});

describe("USSD dialogues", () => {
  const begin = (phone: string): PduInput => ({
    command: "submit_sm",
    source_addr: "*1#",
    destination_addr: phone,
    ussd_service_op: Uint8Array.of(UssdServiceOp.ussr_request),
  });

  test("that an application begins and nobody answers end, and the application is told so", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const smsc = smscWith({ queueLimit: 3, ussdTimeout: 5_000 });
    const esme = await bound(smsc);
    const status = async (phone: string) => {
      esme.send(begin(phone));
      return (await esme.read("submit_sm_resp")).command_status;
    };
    const all = ["1", "2", "3", "4"];
    const statuses: number[] = [];
    for (const phone of all) statuses.push(await status(phone));
    expect(statuses).toEqual([0, 0, 0, Status.ESME_RMSGQFUL]);
    expect(smsc.ussdDialogues).toBe(3);
    vi.advanceTimersByTime(5_000);
    expect(smsc.ussdDialogues).toBe(0);
    for (const phone of all.slice(0, 3)) {
      expect(await esme.takeDelivery()).toMatchObject({
        source_addr: phone,
        ussd_service_op: Uint8Array.of(0x81),
      });
    }
    expect(await status("4")).toBe(0);
  });

  test("of one account do not keep the others from theirs", async () => {
    const smsc = smscWith({ queueLimit: 2 });
    const [greedy, other] = [await bound(smsc, "greedy"), await bound(smsc, "other")];
    for (const phone of ["1", "2", "3"]) greedy.send(begin(phone));
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++) {
      statuses.push((await greedy.read("submit_sm_resp")).command_status);
    }
    expect(statuses).toEqual([0, 0, Status.ESME_RMSGQFUL]);
    other.send(begin("4"));
    expect((await other.read("submit_sm_resp")).command_status).toBe(0);
  });

  test("a screen that nobody answers in time is over; one that is answered goes on", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const smsc = smscWith({ ussdTimeout: 5_000 });
    const esme = await bound(smsc);
    const shown = once(smsc, "ussd");
    esme.send(begin("1"));
    const [screen] = await shown;
    vi.advanceTimersByTime(4_999);
    const next = screen.reply("yes");
    const { its_session_info } = await esme.takeDelivery();
    vi.advanceTimersByTime(4_999);
    esme.send({ ...begin("1"), its_session_info } as PduInput);
    const second = await next;
    vi.advanceTimersByTime(5_000);
    await expect(second.reply("late")).rejects.toMatchObject({ code: "ussd_over" });
    expect((await esme.takeDelivery()).ussd_service_op).toEqual(Uint8Array.of(0x81));
  });
});

describe("connections", () => {
  test("beyond maxConnections are closed at once, counted, and said once", async () => {
    const said: string[] = [];
    const ignore = () => {};
    const warn = (_: object, message: string) => said.push(message);
    const smsc = smscWith({
      maxConnections: 2,
      logger: { debug: ignore, info: ignore, warn, error: ignore },
    });
    await smsc.listen();
    const esmes = [await RawEsme.dial(smsc), await RawEsme.dial(smsc)];
    for (const esme of esmes) expect((await esme.bind()).command_status).toBe(0);
    for (let count = 1; count <= 3; count++) {
      await (await RawEsme.dial(smsc)).closed;
      expect(smsc.refusedConnections).toBe(count);
    }
    expect(said.filter((message) => message.includes("closed at once"))).toHaveLength(1);
    const gone = once(smsc, "unbound");
    await esmes[0]?.end();
    await gone;
    expect((await (await RawEsme.dial(smsc)).bind()).command_status).toBe(0);
  });
});

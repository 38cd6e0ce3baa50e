/** Functions of the user's that throw or reject: they harm nothing but themselves. */
import { once } from "node:events";
import { Status } from "@esme/pdu";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Behaviour, Smsc, type SmscEvents, type SmscOptions } from "../src/index.ts";
import { RawEsme } from "./raw-esme.ts";

const open: Smsc[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((smsc) => smsc.close()));
});

/** A message centre and the errors that it tells of. */
function smscWith(options: SmscOptions = {}) {
  const smsc = new Smsc({ port: 0, receiptDelay: 0, ...options });
  open.push(smsc);
  const errors: string[] = [];
  smsc.on("error", ({ message }) => errors.push(message));
  return { smsc, errors };
}

const failures: [string, () => never | Promise<never>][] = [
  [
    "throws",
    () => {
      throw new Error("broken");
    },
  ],
  ["rejects", () => Promise.reject(new Error("broken"))],
];

/** What happens to a message centre in its life: everything that it tells of. */
async function life(smsc: Smsc): Promise<void> {
  const esme = RawEsme.join(smsc);
  expect((await esme.bind()).command_status).toBe(0);
  const text = { source_addr: "1", destination_addr: "2", registered_delivery: 1 };
  expect((await esme.submit(text)).command_status).toBe(0);
  await esme.takeDelivery();
  esme.send({ command: "broadcast_sm", broadcast_area_identifier: [Uint8Array.of(0, 1)] });
  expect((await esme.read("broadcast_sm_resp")).command_status).toBe(0);
  const screen = { destination_addr: "1", ussd_service_op: Uint8Array.of(2) };
  expect((await esme.submit(screen)).command_status).toBe(0);
  const sent = smsc.deliver({ from: "1", to: "2", text: "hi" });
  await esme.takeDelivery();
  await sent;
  const gone = vi.waitFor(() => expect(smsc.sessions).toEqual([]));
  esme.send({ command: "unbind" });
  await esme.closed;
  await gone;
}

const events: (keyof SmscEvents)[] = [
  "bound",
  "unbound",
  "submit",
  "message",
  "mobile",
  "ussd",
  "broadcast",
  "receipt",
  "pdu",
  "close",
];

describe.each(failures)("a listener that %s", (_, fails) => {
  test.each(events)("of %s: the others hear it, everything goes on, it is told", async (event) => {
    const { smsc, errors } = smscWith();
    let heard = 0;
    smsc.on(event, fails);
    smsc.on(event, () => {
      heard++;
    });
    await life(smsc);
    await smsc.close();
    expect(heard).toBeGreaterThan(0);
    expect(errors).toEqual(Array.from({ length: heard }, () => "broken"));
  });

  test("of error: nothing more happens", async () => {
    const lines: string[] = [];
    const note = (_: object, line: string) => {
      lines.push(line);
    };
    const logger = { debug: note, info: note, warn: note, error: note };
    const smsc = new Smsc({ port: 0, logger });
    open.push(smsc);
    smsc.on("close", fails);
    smsc.on("error", fails);
    await smsc.close();
    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(lines).toEqual([
      "a listener of close threw an error",
      "a listener of error threw an error",
    ]);
  });
});

describe.each(failures)("onSubmit that %s", (_, fails) => {
  test.each(["submit_sm", "data_sm", "submit_multi"] as const)(
    "refuses %s with ESME_RSYSERR, and takes nothing",
    async (command) => {
      const { smsc, errors } = smscWith({ onSubmit: fails });
      const told: unknown[] = [];
      smsc.on("submit", (report) => told.push(report));
      const esme = RawEsme.join(smsc);
      await esme.bind();
      esme.send(command === "submit_multi" ? { command } : { command, destination_addr: "2" });
      const { command_status } = await esme.read(`${command}_resp`);
      expect(command_status).toBe(Status.ESME_RSYSERR);
      expect(told).toEqual([]);
      expect(errors).toEqual(["broken"]);
    },
  );
});

describe("an answer that no response can carry", () => {
  const message_id = "x".repeat(65);
  test.each<[string, SmscOptions]>([
    ["onSubmit's", { onSubmit: () => ({ message_id }) }],
    ["a late one of onSubmit's", { onSubmit: async () => ({ message_id }) }],
    ["messageId's", { messageId: () => message_id }],
    ["outcome's status", { outcome: () => ({ command_status: -1 }) }],
  ])("%s is ESME_RSYSERR, and the text is not shown", async (_, options) => {
    const { smsc } = smscWith(options);
    const shown: unknown[] = [];
    smsc.on("message", (message) => shown.push(message));
    const esme = RawEsme.join(smsc);
    await esme.bind();
    const { command_status } = await esme.submit({ destination_addr: "2" });
    expect(command_status).toBe(Status.ESME_RSYSERR);
    const last = RawEsme.join(smsc);
    await last.bind();
    expect(shown).toEqual([]);
  });
});

test("an outcome that throws for one destination of several refuses that one alone", async () => {
  const { smsc, errors } = smscWith({
    outcome: ({ destination_addr }) => {
      if (destination_addr === "2") throw new Error("broken");
      return {};
    },
  });
  const shown: string[] = [];
  smsc.on("message", ({ to }) => shown.push(to));
  const esme = RawEsme.join(smsc);
  await esme.bind();
  const dest_address = ["1", "2", "3"].map(
    (destination_addr) => ({ dest_flag: 1, destination_addr }) as const,
  );
  esme.send({ command: "submit_multi", dest_address });
  const { command_status, unsuccess_sme } = await esme.read("submit_multi_resp");
  expect(command_status).toBe(0);
  expect(unsuccess_sme).toMatchObject([
    { destination_addr: "2", error_status_code: Status.ESME_RSYSERR },
  ]);
  await vi.waitFor(() => expect(shown).toEqual(["1", "3"]));
  expect(errors).toEqual(["broken"]);
});

test("a USSD screen whose messageId throws is refused, and not shown", async () => {
  const { smsc } = smscWith({
    messageId: () => {
      throw new Error("broken");
    },
  });
  const shown: unknown[] = [];
  smsc.on("ussd", (screen) => shown.push(screen));
  const esme = RawEsme.join(smsc);
  await esme.bind();
  const screen = { destination_addr: "1", ussd_service_op: Uint8Array.of(2) };
  expect((await esme.submit(screen)).command_status).toBe(Status.ESME_RSYSERR);
  expect(shown).toEqual([]);
});

describe("a function of a behaviour that fails", () => {
  const fails = () => {
    throw new Error("broken");
  };

  test.each<[string, Behaviour]>([
    ["where", { fault: "ignore", where: fails }],
    ["script", { script: fails }],
    // A program in JavaScript may hand over anything.
    ["async script", Object.assign({ script: fails }, { script: async () => [] })],
    ["edit", { script: () => [{ do: "answer", edit: fails }] }],
    ["late edit", { script: () => [{ do: "answer", after: 1, edit: fails }] }],
  ])("%s: it is as if it were not there", async (_, behaviour) => {
    const { smsc, errors } = smscWith();
    smsc.behave(behaviour);
    const esme = RawEsme.join(smsc);
    await esme.bind();
    expect((await esme.submit({ destination_addr: "1" })).command_status).toBe(0);
    expect(errors).toHaveLength(1);
  });
});

test("where nobody listens and nothing logs, it is a warning of the process", async () => {
  const smsc = new Smsc({ port: 0 });
  open.push(smsc);
  smsc.on("close", () => {
    throw new Error("broken");
  });
  const warned = once(process, "warning");
  await smsc.close();
  expect(await warned).toMatchObject([{ message: "broken" }]);
});

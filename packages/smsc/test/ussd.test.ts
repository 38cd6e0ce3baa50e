/** USSD dialogues, as the application on the other side sees them. */
import { once } from "node:events";
import { Status, UssdServiceOp } from "@esme/pdu";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Smsc, type SmscOptions, type UssdSessionCarrier } from "../src/index.ts";
import { sessionTlvs } from "../src/phones/ussd-session.ts";
import { RawEsme } from "./raw-esme.ts";

let smsc: Smsc;

afterEach(async () => {
  vi.useRealTimers();
  await smsc.close();
});

async function bound(options: SmscOptions = {}) {
  smsc = new Smsc({ port: 0, ...options });
  const esme = RawEsme.join(smsc);
  await esme.bind();
  return esme;
}

const octets = (text: string) => Uint8Array.from(Buffer.from(text));

/** The application shows a text in answer to a deliver_sm. */
function show(esme: RawEsme, text: string, operation: number, tlvs: object, to = "27820001001") {
  return esme.submit({
    service_type: "USSD",
    source_addr: "*123#",
    destination_addr: to,
    short_message: Buffer.from(text),
    ussd_service_op: Uint8Array.of(operation),
    ...tlvs,
  });
}

const { pssr_indication, pssr_response, ussr_request, ussr_confirm, ussn_request, ussn_confirm } =
  UssdServiceOp;

describe("a phone dials", () => {
  test.each<[UssdSessionCarrier]>([
    ["its_session_info"],
    ["its_session_info_counting"],
    ["user_message_reference"],
    ["none"],
  ])("menu, choice, last screen; the dialogue is named by %s", async (ussdSession) => {
    const esme = await bound({ ussdSession });
    const dialled = smsc.phone("27820001001").dial("*123#");
    const first = await esme.takeDelivery();
    expect(first).toMatchObject({
      service_type: "USSD",
      source_addr: "27820001001",
      destination_addr: "*123#",
      ussd_service_op: Uint8Array.of(pssr_indication),
      short_message: octets("*123#"),
    });
    const { its_session_info, user_message_reference } = first;
    const tlvs = { its_session_info, user_message_reference };
    expect(tlvs).toMatchObject(sessionTlvs({ number: 1, sequence: 0 }, ussdSession, false));
    await show(esme, "1 Balance", ussr_request, tlvs);
    const menu = await dialled;
    expect(menu).toMatchObject({
      phone: "27820001001",
      code: "*123#",
      text: "1 Balance",
      isLast: false,
    });

    const chosen = menu.reply("1");
    const second = await esme.takeDelivery();
    expect(second).toMatchObject({
      ussd_service_op: Uint8Array.of(ussr_confirm),
      short_message: octets("1"),
    });
    await show(esme, "You have 5", pssr_response, tlvs);
    const last = await chosen;
    expect(last).toMatchObject({ text: "You have 5", isLast: true });
    await expect(last.reply("2")).rejects.toMatchObject({ code: "ussd_over" });
    await last.abandon();
    expect(esme.unread).toEqual([]);
  });

  test("the end bit ends it, whatever the operation", async () => {
    const esme = await bound();
    const dialled = smsc.phone("27820001001").dial("*1#", { to: "1", system_id: "esme" });
    const { its_session_info, destination_addr } = await esme.takeDelivery();
    expect(destination_addr).toBe("1");
    const ended = Uint8Array.of(its_session_info?.[0] ?? 0, 1);
    await show(esme, "bye", ussr_request, { its_session_info: ended });
    expect((await dialled).isLast).toBe(true);
  });

  test("abandoned: the application gets a release", async () => {
    const esme = await bound();
    const dialled = smsc.phone("27820001001").dial("*1#");
    const { its_session_info } = await esme.takeDelivery();
    await show(esme, "menu", ussr_request, { its_session_info });
    const abandoned = (await dialled).abandon();
    expect(await esme.takeDelivery()).toMatchObject({
      ussd_service_op: Uint8Array.of(0x81),
      its_session_info: Uint8Array.of(1, 1),
    });
    await abandoned;
    const late = await show(esme, "late", pssr_response, { its_session_info });
    expect(late.command_status).toBe(Status.ESME_RSUBMITFAIL);
  });

  test("an application that says nothing is given up", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const esme = await bound({ ussdTimeout: 5_000 });
    const refused = expect(smsc.phone("1").dial("*1#")).rejects.toMatchObject({
      code: "ussd_timeout",
    });
    await esme.takeDelivery();
    vi.advanceTimersByTime(5_000);
    await refused;
    expect((await esme.takeDelivery()).ussd_service_op).toEqual(Uint8Array.of(0x81));
  });

  test("one that refuses it ends it; a second dialogue at a time is refused", async () => {
    const esme = await bound();
    const phone = smsc.phone("1");
    const refused = expect(phone.dial("*1#")).rejects.toMatchObject({ code: "status" });
    await expect(phone.dial("*2#")).rejects.toMatchObject({ code: "ussd_busy" });
    await esme.takeDelivery(Status.ESME_RX_R_APPN);
    await refused;
    const again = phone.dial("*2#");
    const { its_session_info } = await esme.takeDelivery();
    await show(esme, "ok", pssr_response, { its_session_info }, "1");
    expect((await again).text).toBe("ok");
  });
});

describe("nobody takes what the phone says", () => {
  const over = { code: "ussd_timeout" };

  test("dialling into the void times out, and the phone may dial again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    smsc = new Smsc({ port: 0, ussdTimeout: 5_000 });
    const refused = expect(smsc.phone("1").dial("*1#")).rejects.toMatchObject(over);
    vi.advanceTimersByTime(5_000);
    await refused;
    const again = expect(smsc.phone("1").dial("*2#")).rejects.toMatchObject(over);
    vi.advanceTimersByTime(5_000);
    await again;
  });

  test("a reply after the application has gone times out, too", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const esme = await bound({ ussdTimeout: 5_000 });
    const dialled = smsc.phone("27820001001").dial("*1#");
    const { its_session_info } = await esme.takeDelivery();
    await show(esme, "menu", ussr_request, { its_session_info });
    const screen = await dialled;
    const gone = once(smsc, "unbound");
    smsc.sessions[0]?.destroy();
    await gone;
    const refused = expect(screen.reply("1")).rejects.toMatchObject(over);
    vi.advanceTimersByTime(5_000);
    await refused;
  });

  test("giving up while the next screen is awaited ends the reply", async () => {
    const esme = await bound();
    const dialled = smsc.phone("27820001001").dial("*1#");
    const { its_session_info } = await esme.takeDelivery();
    await show(esme, "menu", ussr_request, { its_session_info });
    const screen = await dialled;
    const reply = expect(screen.reply("1")).rejects.toMatchObject({ code: "ussd_over" });
    await expect(screen.reply("2")).rejects.toMatchObject({ code: "ussd_busy" });
    const abandoned = screen.abandon();
    await reply;
    await esme.takeDelivery();
    await esme.takeDelivery();
    await abandoned;
  });

  test("a code that no PDU can carry is refused, and the phone is free", async () => {
    const esme = await bound();
    const phone = smsc.phone("1");
    await expect(phone.dial(`*${"1".repeat(30)}#`)).rejects.toMatchObject({ code: "too_long" });
    const again = phone.dial("*1#");
    const { its_session_info } = await esme.takeDelivery();
    await show(esme, "ok", pssr_response, { its_session_info }, "1");
    expect((await again).text).toBe("ok");
  });
});

describe("the application begins", () => {
  test("a question is shown, and answered by the phone", async () => {
    const esme = await bound();
    const shown = once(smsc, "ussd");
    const texts: string[] = [];
    smsc.on("message", ({ text }) => texts.push(text));
    expect((await show(esme, "Agree?", ussr_request, {})).message_id).not.toBe("");
    const [screen] = await shown;
    expect(screen).toMatchObject({ text: "Agree?", code: "*123#", isLast: false });
    const next = screen.reply("yes");
    const { its_session_info, destination_addr } = await esme.takeDelivery();
    expect(destination_addr).toBe("*123#");
    await show(esme, "Thanks", pssr_response, { its_session_info });
    expect((await next).text).toBe("Thanks");
    expect(texts).toEqual([]);
  });

  test("a notice is shown and confirmed", async () => {
    const esme = await bound();
    const shown = once(smsc, "ussd");
    await show(esme, "News", ussn_request, {});
    expect(await shown).toMatchObject([{ text: "News", isLast: false }]);
    expect((await esme.takeDelivery()).ussd_service_op).toEqual(Uint8Array.of(ussn_confirm));
  });

  test("a last screen of no dialogue is refused; onSubmit may refuse all", async () => {
    const esme = await bound();
    expect((await show(esme, "?", pssr_response, {})).command_status).toBe(Status.ESME_RSUBMITFAIL);
    await smsc.close();
    const other = await bound({ onSubmit: () => Status.ESME_RPROHIBITED });
    expect((await show(other, "?", ussr_request, {})).command_status).toBe(Status.ESME_RPROHIBITED);
  });
});

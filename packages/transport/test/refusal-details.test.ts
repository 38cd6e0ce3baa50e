/** What an SMSC's refusal says beside its status reaches the application, and the log. */
import { encode, type PduInput, responseTo, Status } from "@esme/pdu";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { prepare } from "./world.ts";

type Answer = Extract<PduInput, { command: "submit_sm_resp" }>;

/** A worker at an SMSC that answers every submit_sm so. */
async function refused(answer: Partial<Answer>, config: TransportConfigInput = {}) {
  const smsc = await ScriptedSmsc.listen((pdu) =>
    pdu.command === "submit_sm" ? encode({ ...responseTo(pdu), ...answer } as Answer) : undefined,
  );
  onTestFinished(() => smsc.close());
  const world = await prepare({ config: { port: smsc.port, ...config } });
  await world.application.listen();
  await world.transport.start();
  const id = await world.application.send("hello");
  return { ...world, id, event: await world.application.events.next() };
}

const told = {
  command_status: Status.ESME_RINVDSTADR,
  additional_status_info_text: "no route to 27820001001",
  network_error_code: Buffer.of(3, 0, 8),
};

describe("the TLVs of an error response", () => {
  test("are in the nack's metadata, and its reason is as before", async () => {
    const { event, id } = await refused(told);
    expect(event).toMatchObject({
      event_type: "nack",
      user_message_id: id,
      nack_reason: "Invalid Dest Addr",
      transport_metadata: {
        smpp_tlvs: {
          additional_status_info_text: "no route to 27820001001",
          network_error_code: "030008",
        },
      },
    });
  });

  test("are in the reason of the log's line, as what an SMSC writes is", async () => {
    const { log } = await refused(told);
    expect(log.messages("warn")).toContain("outbound message refused");
    expect(log.text()).toContain(
      "reason: 'Invalid Dest Addr; additional_status_info_text: no route to 27820001001; network_error_code: 030008'",
    );
  });

  test("have the names of `tlvs` where the configuration has one", async () => {
    const answer = {
      command_status: Status.ESME_RSUBMITFAIL,
      unknown_tlvs: [{ tag: 0x1500, value: Buffer.from("blocked\0") }],
    };
    const tlvs = { refusal: { tag: 0x1500, type: "c_string", max: 20 } } as const;
    const { event } = await refused(answer, { tlvs });
    expect(event).toMatchObject({ transport_metadata: { smpp_tlvs: { refusal: "blocked" } } });
  });

  test("are there when a message that waited has no time left", async () => {
    const answer = { ...told, command_status: Status.ESME_RTHROTTLED };
    const throttle = { initial_pause: 0.05, max_pause: 0.05 };
    const { event } = await refused(answer, { throttle, submit_expiry: 0.2 });
    expect(event).toMatchObject({
      event_type: "nack",
      transport_metadata: { smpp_tlvs: { network_error_code: "030008" } },
    });
  });

  test("are not there where there are none", async () => {
    const { event } = await refused({ command_status: Status.ESME_RINVDSTADR });
    expect(event).toEqual(expect.objectContaining({ event_type: "nack", transport_metadata: {} }));
  });
});

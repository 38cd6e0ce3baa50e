/** What becomes of messages when a class of one's own gives back nothing, or nonsense. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { start } from "./world.ts";

const file = fileURLToPath(new URL("./data/classes/giving.mjs", import.meta.url));

describe("a submit processor that gives back", () => {
  test.each([
    ["OwnSubmit", "nothing", "nothing"],
    ["SyncSubmit", "nothing", "nothing"],
    ["OwnSubmit", "an empty list", "an empty list"],
    ["OwnSubmit", "a list of nothing", "null at [0]"],
    ["OwnSubmit", "another command", "enquire_link at [0]"],
    ["OwnSubmit", "no list", "an object"],
  ])("%s: %s, gets its message a nack that names the class", async (name, gives, told) => {
    const { application, smsc } = await start({
      config: {
        submit_sm_processor_class: `${file}#${name}`,
        submit_sm_processor_config: { gives },
      },
    });
    const submitted: unknown[] = [];
    smsc.on("submit", (report) => submitted.push(report));
    const id = await application.send("hello");
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      user_message_id: id,
      nack_reason: `submit_sm_processor_class: ${file}#${name}: handleOutboundMessage() gave back ${told}, expected a list of submit_sm`,
    });
    expect(submitted).toEqual([]);
  });
});

test.each([
  ["nothing", "undefined"],
  ["a number below 0", "-1"],
  ["no number", "NaN"],
  ["a fraction", "1.5"],
  ["text", "7"],
  ["a promise of nothing", "undefined"],
])(
  "a sequencer that gives back %s gets the message a nack that names the class",
  async (gives, told) => {
    const { application, smsc } = await start({
      config: { sequencer_class: `${file}#OwnSequencer`, sequencer_config: { gives } },
    });
    expect(smsc.sessions).toHaveLength(1);
    const id = await application.send("hello");
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      user_message_id: id,
      nack_reason: expect.stringMatching(
        `^sequencer_class: ${file}#OwnSequencer: not sent: the sequencer returned ${told}, expected `,
      ),
    });
  },
);

describe("a processor of deliver_sm that gives back", () => {
  const kinds =
    "not_handled, message, event, incomplete, repeated, settled, claimed, kept, unmatched";
  test.each([
    ["sm_processor", "nothing", `gave back nothing, expected a kind of ${kinds}`],
    ["dr_processor", "nothing", `gave back nothing, expected a kind of ${kinds}`],
    ["sm_processor", "an unknown kind", `gave back the kind "taken", expected one of ${kinds}`],
    ["sm_processor", "a message that is none", "gave back a message that is none: "],
    ["sm_processor", "a message without an address", "to_addr: missing, expected text"],
    ["dr_processor", "an event that is none", "event_type: missing, expected"],
    ["dr_processor", "a receipt that is none", "gave back an unmatched receipt without `receipt`"],
  ] as const)(
    "%s: %s, has its PDU dead-lettered with the class's name",
    async (role, gives, told) => {
      const { application, smsc } = await start({
        config: { [`${role}_class`]: `${file}#OwnDeliver`, [`${role}_config`]: { gives } },
      });
      await smsc.deliver({ from: "27820001001", to: "4711", text: "hello" });
      const failed = await application.failed.next();
      expect(failed).toMatchObject({
        pdu: { command: "deliver_sm", source_addr: "27820001001" },
        reason: expect.stringContaining(
          `${role}_class: ${file}#OwnDeliver: handleDeliverSm() gave`,
        ),
      });
      expect(failed).toMatchObject({ reason: expect.stringContaining(told) });
    },
  );
});

/** TLVs of an operator's own: on the wire by name and by tag, in both directions. */
import { describe, expect, test } from "vitest";
import { checkConfig } from "../src/config/config.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { codecWith } from "../src/config/values/vendor-tlvs.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";
import { prepare, start } from "./world.ts";

const codec = (tlvs: NonNullable<TransportConfigInput["tlvs"]>) =>
  codecWith(checkConfig({ tlvs }).config.tlvs, 8, () => {});

test.each([
  ["integer", { type: "integer", size: 2 }, 258, "0102"],
  ["c_string", { type: "c_string", max: 4 }, "abc", "61626300"],
  ["octets of one size", { type: "octets", size: 3 }, Buffer.from("abc"), "616263"],
  ["text", { type: "text", max: 3 }, Buffer.from("abc"), "616263"],
  ["hex", { type: "hex" }, Buffer.from("abc"), "616263"],
] as const)("%s is written and read as defined", (_, definition, value, hex) => {
  const own = codec({ my_tlv: { tag: 0x1400, ...definition } });
  // A key of the configuration, which no type can know.
  const pdu = { command: "submit_sm", my_tlv: value } as { command: "submit_sm" };
  const frame = Buffer.from(own.encode(pdu, 1));
  const size = (hex.length / 2).toString(16).padStart(4, "0");
  expect(frame.toString("hex")).toMatch(new RegExp(`1400${size}${hex}$`));
  expect(Reflect.get(own.decode(frame), "my_tlv")).toEqual(
    value instanceof Buffer ? Uint8Array.from(value) : value,
  );
});

test.each([
  ["1 octet without a size", { type: "integer" }, 255, 256],
  ["4 octets", { type: "integer", size: 4 }, 0xffff_ffff, 0x1_0000_0000],
  ["a c_string of one size", { type: "c_string", size: 4 }, "abc", "ab"],
  ["a c_string of one size", { type: "c_string", size: 4 }, "abc", "abcd"],
  ["a c_string up to a size", { type: "c_string", max: 4 }, "", "abcd"],
  ["octets of one size", { size: 3 }, Buffer.from("abc"), Buffer.from("ab")],
  ["octets up to a size", { max: 3 }, Buffer.from(""), Buffer.from("abcd")],
  ["a text of any size", { type: "text" }, Buffer.alloc(60_000), Buffer.alloc(65_536)],
] as const)("%s: %o takes what fits and nothing else", (_, definition, good, bad) => {
  const own = codec({ my_tlv: { tag: 0x1400, ...definition } });
  const pdu = (value: unknown) =>
    ({ command: "submit_sm", my_tlv: value }) as { command: "submit_sm" };
  const read: unknown = Reflect.get(
    own.decode(Uint8Array.from(own.encode(pdu(good), 1))),
    "my_tlv",
  );
  expect(read).toEqual(good instanceof Buffer ? Uint8Array.from(good) : good);
  expect(() => own.encode(pdu(bad), 1)).toThrow(/my_tlv/);
});

test("a TLV of some commands is in no other", () => {
  const own = codec({ my_tlv: { tag: 0x1400, type: "integer", commands: ["submit_sm"] } });
  const encoded = (command: "submit_sm" | "deliver_sm") =>
    own.encode({ command, my_tlv: 5 } as { command: "submit_sm" }, 1);
  expect(Buffer.from(encoded("submit_sm")).toString("hex")).toMatch(/1400000105$/);
  expect(() => encoded("deliver_sm")).toThrow(/my_tlv/);
});

test("two connections give one tag two meanings", () => {
  const frame = Uint8Array.from(
    codec({ price: { tag: 0x1400, type: "integer", size: 4 } }).encode(
      { command: "deliver_sm", price: 5 } as { command: "deliver_sm" },
      1,
    ),
  );
  const other = codec({ entity_id: { tag: 0x1400, type: "octets", max: 30 } }).decode(frame);
  expect(Reflect.get(other, "entity_id")).toEqual(Uint8Array.of(0, 0, 0, 5));
  expect(Reflect.get(other, "price")).toBeUndefined();
});

describe("a definition that cannot be", () => {
  test.each([
    [{ a: {} }, /^tlvs\.a\.tag: missing, expected an integer from 0 to 65535 \(/],
    [{ a: { tag: 70_000 } }, /^tlvs\.a\.tag: expected an integer from 0 to 65535/],
    [{ a: { tag: 1, type: "float" } }, /^tlvs\.a\.type: expected one of integer/],
    [
      { a: { tag: 1, commands: ["send"] } },
      /^tlvs\.a\.commands\[0\]: expected the name of a command, got "send"/,
    ],
    [
      { a: { tag: 1, commands: ["bind_receiver", "submit_sn"] } },
      /^tlvs\.a\.commands\[1\]: expected the name of a command \(did you mean submit_sm\?\), got/,
    ],
    [
      { "a b": { tag: 1 } },
      /^tlvs: expected names of letters, digits and _, got \(a key of 3 characters/,
    ],
  ])("%j is refused with its key", (tlvs, problem) => {
    // What a file can say and a program's types forbid.
    expect(() => checkConfig({ tlvs } as TransportConfigInput)).toThrow(problem);
  });

  test.each([0, 3, 5, 8])("an integer of %i octets", (size) => {
    const make = () => codec({ a: { tag: 0x1400, type: "integer", size } });
    expect(make).toThrow(/^tlvs\.a\.size: expected |^an integer has 1, 2 or 4 octets, not \d$/);
  });

  test("is told when the worker is made, before anything is connected", async () => {
    const taken = { receipted_message_id: { tag: 0x1400 } };
    const { transport } = await prepare({ config: { tlvs: taken } });
    await expect(transport.prepare()).rejects.toThrow(
      /^tlvs: TLV receipted_message_id: the name is that of a standard TLV/,
    );
  });
});

test("a message's own TLV reaches the SMSC by its tag", async () => {
  const { application, smsc } = await start({
    config: {
      tlvs: { pe_id: { tag: 0x1400, type: "text", max: 30 } },
      submit_sm_processor_config: { tlvs: { "0x1400": "1101234560000012345" } },
    },
  });
  const seen = new Promise<string>((resolve) =>
    smsc.on("pdu", ({ pdu, octets }) => {
      if (pdu?.command === "submit_sm") resolve(Buffer.from(octets).toString("hex"));
    }),
  );
  await application.send("hello");
  expect(await seen).toMatch(/14000013(?:3[0-9]){19}/);
});

test("a longer password goes out whole, where it is allowed", async () => {
  const smsc = await ScriptedSmsc.listen();
  const config = { port: smsc.port, password: "a-long-password", allow_long_password: true };
  const { transport } = await prepare({ config });
  await transport.start();
  const bind = Buffer.from(await smsc.housekeeping.next());
  expect(bind.toString("latin1")).toContain("\0a-long-password\0");
  await transport.stop();
  await smsc.close();
});

// A session whose owner may lose the right to it: not one octet is written after that.
import { describe, expect, test } from "vitest";
import type { LinkError } from "../src/index.ts";
import { bound, settled } from "./connect.ts";

const submit = (destination_addr: string) => ({ command: "submit_sm", destination_addr }) as const;

/** A bound session that may write as long as `right.is`. */
async function fenced() {
  const right = { is: true };
  const [session, peer] = await bound({ mayWrite: () => right.is });
  const ended = new Promise<LinkError>((resolve) => session.once("close", resolve));
  return { right, session, peer, ended };
}

const lost = { name: "LinkError", code: "fenced" };

describe("without the right to write", () => {
  test("a request ends the session, unwritten, and so does what is in flight", async () => {
    const { right, session, peer, ended } = await fenced();
    const written = expect(session.request(submit("1"))).rejects.toMatchObject({
      ...lost,
      written: true,
    });
    await peer.expect("submit_sm");
    right.is = false;
    const waiting = expect(session.request(submit("2"))).rejects.toMatchObject({
      ...lost,
      written: false,
    });
    await Promise.all([written, waiting]);
    expect(await ended).toMatchObject(lost);
    expect(peer.unread).toBe(0);
    expect(session.state).toBe("CLOSED");
  });

  test.each([
    ["an answer", "deliver_sm"],
    ["the answer to enquire_link", "enquire_link"],
  ] as const)("%s ends the session, unwritten", async (_, command) => {
    const { right, peer, ended } = await fenced();
    right.is = false;
    peer.send({ command, sequence_number: 1 });
    expect(await ended).toMatchObject(lost);
    expect(peer.unread).toBe(0);
  });

  test.each(["close", "unbind"] as const)("%s() writes nothing", async (way) => {
    const { right, session, peer } = await fenced();
    right.is = false;
    await session[way]();
    await settled();
    expect(peer.unread).toBe(0);
  });
});

test("a function that throws gives no leave, and its error is told", async () => {
  const thrown = new Error("no clock");
  let isBroken = false;
  const [session] = await bound({
    mayWrite: () => {
      if (isBroken) throw thrown;
      return true;
    },
  });
  const errors: Error[] = [];
  session.on("error", (error) => errors.push(error));
  isBroken = true;
  await expect(session.request(submit("1"))).rejects.toMatchObject(lost);
  expect(errors).toEqual([thrown]);
});

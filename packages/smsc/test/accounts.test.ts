import { Status } from "@esme/pdu";
import { describe, expect, test } from "vitest";
import { authenticate } from "../src/sessions/accounts.ts";

describe("authenticate", () => {
  const accounts = [
    { system_id: "open", password: "secret" },
    { system_id: "one", password: "secret", maxSessions: 1 },
  ];

  test.each([
    ["everybody may bind when there are no accounts", undefined, "any", "thing", 7, "ESME_ROK"],
    ["nobody may bind when the list is empty", [], "open", "secret", 0, "ESME_RINVSYSID"],
    ["the right password binds", accounts, "open", "secret", 0, "ESME_ROK"],
    ["a wrong password does not", accounts, "open", "Secret", 0, "ESME_RINVPASWD"],
    ["an unknown system_id does not", accounts, "other", "secret", 0, "ESME_RINVSYSID"],
    ["sessions are not limited unless asked for", accounts, "open", "secret", 99, "ESME_ROK"],
    ["a session beyond the limit is refused", accounts, "one", "secret", 1, "ESME_RALYBND"],
    ["a wrong password is told before the limit", accounts, "one", "no", 1, "ESME_RINVPASWD"],
  ] as const)("%s", (_, list, system_id, password, bound, status) => {
    expect(authenticate(list, { system_id, password }, () => bound)).toBe(Status[status]);
  });
});

import { ConfigError } from "@esme/settings";
import { expect, test } from "vitest";

test("all problems at once: one by one, and in a message of one line", () => {
  const cause = new Error("why");
  const problems = ["host: missing, expected text", "port: expected a port, got a list"];
  const error = new ConfigError(problems, { cause });
  expect(error).toMatchObject({ name: "ConfigError", code: "invalid_config", problems, cause });
  expect(error.message).toBe("host: missing, expected text; port: expected a port, got a list");
});

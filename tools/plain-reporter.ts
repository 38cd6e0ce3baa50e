/** Closes a test run with its counts in words; where CI is set, an unexplained skip is a failure. */
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** A test that may be skipped says so in its name, with what it needs. */
const optional = /optional:/;

export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): TestCase[] =>
      tests.filter((test) => test.result().state === state);
    const passed = inState("passed").length;
    const broken = modules.filter((module) => !module.ok() && module.errors().length > 0);
    let failed = inState("failed").length + broken.length;
    const skips = [...inState("skipped"), ...inState("pending")];
    for (const test of skips)
      console.log(`skipped: ${test.module.project.name} > ${test.fullName}`);
    const unexplained = skips.filter(({ fullName }) => !optional.test(fullName));
    if (process.env["CI"] === "true" && unexplained.length > 0) {
      console.log(
        `${unexplained.length} skipped tests are not marked "optional: <what they need>"`,
      );
      failed += unexplained.length;
      process.exitCode = 1;
    }
    console.log(`${passed} passed, ${failed} failed, ${skips.length} skipped`);
  }
}

/** Closes a test run with its counts in words; where CI is set, an unexplained skip is a failure. */
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** A test that may be skipped says so in its name, with what it needs. */
const optional = /optional:/;

const nameOf = ({ module, fullName }: TestCase): string => `${module.project.name} > ${fullName}`;

export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): TestCase[] =>
      tests.filter((test) => test.result().state === state);
    const passed = inState("passed").length;
    const broken = modules.filter((module) => !module.ok() && module.errors().length > 0);
    let failed = inState("failed").length + broken.length;
    const skipped = [...inState("skipped"), ...inState("pending")];
    for (const test of skipped) {
      if (optional.test(test.fullName)) console.log(`skipped: ${nameOf(test)}`);
      else if (process.env["CI"] === "true") {
        console.log(`skipped without "optional: what it needs" in its name: ${nameOf(test)}`);
        failed += 1;
        process.exitCode = 1;
      }
    }
    console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  }
}

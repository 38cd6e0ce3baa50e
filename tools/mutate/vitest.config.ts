/** The tests that judge mutants: those of one package that are quick and the same in each run. */
import { fileURLToPath } from "node:url";
import {
  BaseSequencer,
  type Reporter,
  type TestModule,
  type TestSpecification,
  type Vitest,
} from "vitest/node";
import base from "../../vitest.config.ts";

/** The environment that `main.ts` sets: the package, and the test files if not all. */
const name = process.env["ESME_MUTATE_PACKAGE"];
const files = process.env["ESME_MUTATE_TESTS"]?.split(",");

/** Quick files first: they kill most mutants, and a run ends with the first test that fails. */
class QuickFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(specifications)).reverse();
  }
}

/** Random within a time limit, other programs, other processes: slow, or blind to the mutant. */
const left =
  "{*.model,*.fuzz,browser,tshark,counter,pcap,interop-*,redis-{cluster,connection,failover,processes,refusals,restart},chaos*,leak,examples}.test.ts";

const project = base.test?.projects?.find(
  (row) => typeof row === "object" && "test" in row && row.test?.name === name,
);
if (typeof project !== "object" || !("test" in project)) throw new Error(`no tests of ${name}`);

/** A file that cannot be loaded has no tests, and so no failed ones: as an error Stryker sees it. */
class Unloaded implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const { children, relativeModuleId } of modules) {
      const [test] = children.allTests();
      const error = new Error(`${relativeModuleId}: not loaded`);
      if (test === undefined) this.#vitest?.state.catchError(error, "Unhandled Error");
    }
  }
}

const coverage = fileURLToPath(new URL("./coverage.ts", import.meta.url));

export default {
  ...base,
  test: {
    ...base.test,
    reporters: [new Unloaded()],
    maxWorkers: 1,
    // A worker for each file would cost more than the tests in it.
    isolate: false,
    // A mutant that makes a test wait for ever has lost after this time, in place of Stryker's restart.
    testTimeout: 3_000,
    hookTimeout: 3_000,
    sequence: { sequencer: QuickFirst },
    projects: [
      {
        ...project,
        test: {
          ...project.test,
          setupFiles: [coverage],
          ...(files && { include: files.map((file) => `test/**/${file}*.test.ts`) }),
          exclude: [`test/**/${left}`],
        },
      },
    ],
  },
};

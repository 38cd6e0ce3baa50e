/**
 * `npm run chaos -- [options]`: workers, links, broker nodes, Redis and the SMSC fail under load, and every
 * message is counted. Prints a table and one line of JSON. The exit code is 1 when anything was lost,
 * and 2 when the run could not be made.
 */

import { usage, type Wishes, wishesOf } from "./options.ts";
import { smscOutages } from "./outages.ts";
import { randomFaults } from "./random-faults.ts";

const scenarios = { random: randomFaults, outages: smscOutages };
const wishes = read(process.argv.slice(2));
process.exit(await scenarios[wishes.scenario](wishes));

function read(args: readonly string[]): Wishes {
  try {
    return wishesOf(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

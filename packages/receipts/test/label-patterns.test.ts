/** The patterns that are put together from the table of labels take linear time, whatever they are given. */
import { analyse } from "scslre";
import { expect, test } from "vitest";
import { labelPattern, looseLabelPattern } from "../src/labels.ts";

test.each([labelPattern, looseLabelPattern])("%s takes linear time", ({ source, flags }) => {
  expect(analyse({ source, flags }).reports.map(({ type }) => type)).toEqual([]);
});

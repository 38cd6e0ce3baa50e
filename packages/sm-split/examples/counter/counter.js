// Counts the segments of a message while one types, and shows where it would be cut.
import { charsetOf, countSegments, SplitError, splitShortMessage } from "@esme/sm-split";

const text = document.querySelector("#text");
const dataCoding = document.querySelector("#data-coding");
const national = document.querySelector("#national");
const count = document.querySelector("#count");
const parts = document.querySelector("#parts");

function show() {
  const coding = Number(dataCoding.value);
  const options = { national: national.checked ? "auto" : undefined };
  const { data_coding, segments, units, perSegment, remaining } = countSegments(text.value, {
    dataCoding: coding,
    ...options,
  });
  count.textContent =
    `${segments} × ${charsetOf(data_coding)}, ${units} units, ` +
    `${perSegment} per segment, ${remaining} left`;
  parts.replaceChildren(...partsOf(coding, options).map(item));
}

function partsOf(coding, options) {
  try {
    const { segments } = splitShortMessage(text.value, coding, { ...options, reference: 0 });
    return segments.map((segment) => segment.text);
  } catch (error) {
    if (error instanceof SplitError) return [error.message];
    throw error;
  }
}

function item(content) {
  const element = document.createElement("li");
  element.textContent = content;
  return element;
}

for (const control of [text, dataCoding, national]) control.addEventListener("input", show);
show();

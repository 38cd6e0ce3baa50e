/** What a fuzz test is made of: cases from a seed, and ways to spoil what was good. */
export { type Door, fuzz, fuzzTimeout, must } from "./fuzz.ts";
export { noise, samplePdus, splice, spoilOctets } from "./octets.ts";
export { type Random, randomFrom } from "./random.ts";
export { spoilText, strangeText } from "./text.ts";
export { strangeValue } from "./values.ts";

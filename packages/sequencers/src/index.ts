export { InMemorySequencer, type InMemorySequencerOptions } from "./in-memory-sequencer.ts";
export { FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER, type Sequencer } from "./sequencer.ts";

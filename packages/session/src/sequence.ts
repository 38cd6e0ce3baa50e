/** The sequence numbers of a session that was given no sequencer. */
import { InMemorySequencer, type Sequencer } from "@esme/sequencers";

/**
 * Counts from `first`, 0 to 0x7FFFFFFF, and after the last number from 1. SMPP 3.4 section 3.2
 * begins at 1; some libraries and testers begin at 0, and no peer is known to mind.
 * Throws RangeError for what is no sequence number.
 */
export function sequenceFrom(first = 1): Sequencer {
  if (first !== 0) return new InMemorySequencer({ first });
  const rest = new InMemorySequencer();
  let begun = false;
  return {
    next: () => {
      if (begun) return rest.next();
      begun = true;
      return 0;
    },
  };
}

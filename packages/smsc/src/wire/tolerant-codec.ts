/** What a message centre lets pass: octets left over, and TLVs that they or sm_length have moved. */
import {
  type Codec,
  createCodec,
  isPduError,
  type Pdu,
  type PduError,
  type PduErrorCode,
} from "@esme/pdu";

const tolerable: ReadonlySet<PduErrorCode> = new Set(["trailing_octets", "bad_sm_length"]);

/**
 * A codec that takes what widespread ESMEs write (php-smpp: NULs behind short_message) and reports
 * it. What breaks a limit is refused, as real message centres do.
 */
export function tolerantCodec(tolerate: (problem: PduError) => void): Codec {
  return createCodec({
    tolerate(problem) {
      if (!tolerable.has(problem.code)) throw problem;
      tolerate(problem);
    },
  });
}

/** Whoever watches sees what the sessions take. */
const { decode } = tolerantCodec(() => {});

/** What the octets say, or why they say nothing. */
export function decoded(octets: Uint8Array): Pdu | PduError {
  try {
    return decode(octets);
  } catch (error) {
    if (isPduError(error)) return error;
    throw error;
  }
}

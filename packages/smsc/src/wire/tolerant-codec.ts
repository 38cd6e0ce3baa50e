/** Mistakes that the simulator accepts: extra octets, and TLVs displaced by them or by sm_length. */
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

/** The log decodes with the tolerance of the sessions. */
const { decode } = tolerantCodec(() => {});

/** The PDU, or why the octets cannot be decoded. */
export function decoded(octets: Uint8Array): Pdu | PduError {
  try {
    return decode(octets);
  } catch (error) {
    if (isPduError(error)) return error;
    throw error;
  }
}

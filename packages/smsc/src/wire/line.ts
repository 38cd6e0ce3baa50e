/** How a connection is read and written: at full speed, unless a fault says otherwise. */

/** Limits on a connection; infinity is none. */
export interface Line {
  /** Octets read in a second. */
  readonly octetsPerSecond: number;
  /** Octets written at a time. */
  readonly segment: number;
}

/** A line without faults. */
export const soundLine: Line = {
  octetsPerSecond: Number.POSITIVE_INFINITY,
  segment: Number.POSITIVE_INFINITY,
};

/** The stricter of each limit. */
export function worse(one: Line, other: Line): Line {
  return {
    octetsPerSecond: Math.min(one.octetsPerSecond, other.octetsPerSecond),
    segment: Math.min(one.segment, other.segment),
  };
}

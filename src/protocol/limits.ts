// What a peer may make us hold. Every limit is checked before the bytes it concerns are stored.

/** Limits of the receiving side. */
export interface Limits {
  /** Payload bytes of one message, after inflating. Default 1 048 576; `Infinity` lifts it. Breach: close code 1009. */
  maxMessageBytes: number;
  /** Frames of one message, empty ones included. Default 16 384. Breach: close code 1008. */
  maxFragments: number;
}

export const defaultLimits: Readonly<Limits> = { maxMessageBytes: 1_048_576, maxFragments: 16_384 };

/** Work for one peer in one turn, in bytes inflated, where nobody says otherwise: a millisecond or two, and then it is the
 * others' turn. */
export const TURN_CREDIT = 1_048_576;

// What a peer may make us hold. Every limit is checked before the bytes it concerns are stored.

/** Limits of the receiving side. */
export interface Limits {
  /** Payload bytes of one message, after inflating. Default 1 048 576; `Infinity` lifts it. Breach: close code 1009. */
  maxMessageBytes: number;
  /** Frames of one message, empty ones included. Default 16 384. Breach: close code 1008. */
  maxFragments: number;
}

export const defaultLimits: Readonly<Limits> = { maxMessageBytes: 1_048_576, maxFragments: 16_384 };

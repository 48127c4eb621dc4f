// Where a WebSocket stands.

export const readyStates = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
export type ReadyState = (typeof readyStates)[keyof typeof readyStates];

export const readyStateNames = Object.keys(readyStates) as (keyof typeof readyStates)[];

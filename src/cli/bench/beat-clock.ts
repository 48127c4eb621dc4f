// The clock that the threads of a process have in common, in milliseconds. performance.now() counts from another moment in each.

export interface BeatData {
  readonly shared: SharedArrayBuffer;
  readonly stepMs: number;
}

export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

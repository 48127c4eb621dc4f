// The kernel's counters of its own TLS.

import { readFileSync } from "node:fs";
import { turns } from "../unit/transport/recording-sink.js";

/** A connection is closed some turns after its end was told. */
const MAX_TURNS = 1000;

export interface TlsStat {
  readonly TlsTxSw: number;
  readonly TlsRxSw: number;
  readonly TlsCurrTxSw: number;
  readonly TlsCurrRxSw: number;
  readonly TlsDecryptError: number;
}

export function readTlsStat(): TlsStat {
  const lines = readFileSync("/proc/net/tls_stat", "utf8").trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const [name, count] = line.split(/\s+/);
      return [name, Number(count)];
    }),
  ) as unknown as TlsStat;
}

/** The counters once no more ends are open than before; or at last, if there are. */
export async function tlsStatBackTo(before: TlsStat): Promise<TlsStat> {
  let stat = readTlsStat();
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    if (stat.TlsCurrTxSw <= before.TlsCurrTxSw && stat.TlsCurrRxSw <= before.TlsCurrRxSw) break;
    await turns(1);
    stat = readTlsStat();
  }
  return stat;
}

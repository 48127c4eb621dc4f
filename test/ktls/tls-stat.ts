// The kernel's counters of its own TLS.

import { readFileSync } from "node:fs";

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

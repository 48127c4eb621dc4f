// Records out of a stream of bytes that are cut anywhere.

import { RECORD_HEADER_BYTES, recordLength } from "./record.js";

export class RecordSplitter {
  #torn: Uint8Array = new Uint8Array(0);

  /** The records that end in these bytes; undefined once what comes is none. At most one record is kept. */
  push(bytes: Uint8Array): Uint8Array[] | undefined {
    const all = this.#torn.length === 0 ? bytes : Buffer.concat([this.#torn, bytes]);
    const records: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= RECORD_HEADER_BYTES) {
      const length = recordLength(all.subarray(at, at + RECORD_HEADER_BYTES));
      if (length === undefined) return undefined;
      const end = at + RECORD_HEADER_BYTES + length;
      if (end > all.length) break;
      records.push(all.subarray(at, end));
      at = end;
    }
    this.#torn = new Uint8Array(all.subarray(at));
    return records;
  }
}

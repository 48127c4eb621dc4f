// What a message is handed out as. Text is always a Buffer; for binary data the application has the choice.

/** What binary messages are handed out as. */
export type BinaryType = "nodebuffer" | "arraybuffer" | "fragments" | "blob";
export const binaryTypes: readonly string[] = ["nodebuffer", "blob", "arraybuffer", "fragments"];

/** A message: text always as a Buffer, binary data as `binaryType` says. */
export type MessageData = Buffer | ArrayBuffer | Buffer[] | Blob;

type BlobPart = Uint8Array<ArrayBuffer>;

/** Binary data as the type has it. `ends` says where the fragments of the message end, but for the last. */
export function asBinaryType(data: Buffer, type: BinaryType, ends: readonly number[] = []): MessageData {
  if (type === "nodebuffer") return data;
  if (type === "arraybuffer") return toArrayBuffer(data);
  const fragments = split(data, ends);
  return type === "blob" ? new Blob(fragments as BlobPart[]) : fragments;
}

/** The bytes in an ArrayBuffer of their own. */
function toArrayBuffer(data: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = data;
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** The parts of the message as they came, without those of no bytes. */
function split(data: Buffer, ends: readonly number[]): Buffer[] {
  const fragments: Buffer[] = [];
  let start = 0;
  for (const end of [...ends, data.length]) {
    if (end > start) fragments.push(data.subarray(start, end));
    start = end;
  }
  return fragments;
}

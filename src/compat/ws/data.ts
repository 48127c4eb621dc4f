// What `send`, `ping` and `pong` take, and what it is on the wire.

/** The bytes of what is no Blob: a view of those that there are, UTF-8 of a string, and whatever else Buffer.from makes
 * bytes of. Throws its TypeError for the rest. */
export function toBuffer(data: unknown): Buffer {
  if (Buffer.isBuffer(data)) return data;
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.from(data as string);
}

/** Blobs and Files, those of other realms and libraries included. */
export function isBlob(data: unknown): data is Blob {
  if (typeof data !== "object" || data === null) return false;
  const blob = data as Blob;
  return (
    typeof blob.arrayBuffer === "function" &&
    typeof blob.type === "string" &&
    typeof blob.stream === "function" &&
    ["Blob", "File"].includes((blob as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "")
  );
}

// What can be sent, and the bytes that it is.

const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);

// A client of ws masks shared memory in place, so that each use has its own.
function sharedBytes(): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(3);
  new Uint8Array(shared).set([1, 2, 3]);
  return shared;
}

export interface Sample {
  readonly what: string;
  readonly data: unknown;
  /** What arrives, as hex. */
  readonly hex: string;
  readonly isText?: boolean;
}

export const hexOf = (data: string | Uint8Array): string => Buffer.from(data).toString("hex");

export const samples: Sample[] = [
  { what: "text", data: "text", hex: hexOf("text"), isText: true },
  { what: "text of many bytes", data: "€𝄞", hex: hexOf("€𝄞"), isText: true },
  { what: "an empty string", data: "", hex: "", isText: true },
  { what: "an integer", data: 12, hex: hexOf("12"), isText: true },
  { what: "zero", data: 0, hex: hexOf("0"), isText: true },
  { what: "a fraction", data: -1.5, hex: hexOf("-1.5"), isText: true },
  { what: "NaN", data: Number.NaN, hex: hexOf("NaN"), isText: true },
  { what: "a Buffer", data: Buffer.from("abc"), hex: hexOf("abc") },
  { what: "an empty Buffer", data: Buffer.alloc(0), hex: "" },
  { what: "a Uint8Array", data: bytes, hex: hexOf(bytes) },
  { what: "a part of a Uint8Array", data: bytes.subarray(2, 5), hex: "020304" },
  { what: "a Uint16Array", data: new Uint16Array(bytes.buffer, 2, 2), hex: "02030405" },
  { what: "a Float64Array", data: new Float64Array([1]), hex: "000000000000f03f" },
  { what: "a DataView", data: new DataView(bytes.buffer, 1, 3), hex: "010203" },
  { what: "an ArrayBuffer", data: bytes.slice(0, 2).buffer, hex: "0001" },
  {
    what: "a SharedArrayBuffer",
    get data() {
      return sharedBytes();
    },
    hex: "010203",
  },
  { what: "an array of numbers", data: [1, 2, 255], hex: "0102ff" },
  { what: "an object of valueOf", data: { valueOf: () => "abc" }, hex: hexOf("abc") },
  { what: "null", data: null, hex: "" },
  { what: "undefined", data: undefined, hex: "" },
  { what: "false", data: false, hex: "" },
];

export const blobs: Sample[] = [
  { what: "a Blob", data: new Blob(["blob ", Uint8Array.of(1, 2)]), hex: `${hexOf("blob ")}0102` },
  { what: "an empty Blob", data: new Blob([]), hex: "" },
];

// The start of an HTTP/1.1 message as data: a start line and its header lines, in the order they came.

import type { HeaderMap } from "./header-map.js";

/** Header lines as they are sent: order and case kept, repeats kept. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Headers as an application gives them: pairs, anything that iterates over pairs, or a record. */
export type HeaderInput =
  | Iterable<readonly [name: string, value: string]>
  | { readonly [name: string]: string | number | readonly string[] | undefined };

/** A minor version above 1 counts as 1.1. */
export type HttpVersion = "1.0" | "1.1";

export interface RequestHead {
  readonly method: string;
  /** As sent: origin-form, absolute-form, or what other methods use. */
  readonly target: string;
  readonly version: HttpVersion;
  readonly headers: HeaderMap;
}

export interface ResponseHead {
  readonly version: HttpVersion;
  /** 100 to 999. */
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderMap;
}

/** What a head may cost the receiver. */
export interface HeadLimits {
  /** Bytes up to and including the empty line. Default 16 384. */
  readonly maxHeadBytes: number;
  /** Header lines. Default 100. */
  readonly maxHeaders: number;
}

export const defaultHeadLimits: HeadLimits = { maxHeadBytes: 16_384, maxHeaders: 100 };

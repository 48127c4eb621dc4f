// What a server may be told, and the check of it.

import type { TlsOptions } from "node:tls";
import { checkTransport, type TransportChoice } from "../carrier/index.js";
import {
  type ConnectionOptions,
  type ConnectionSettings,
  resolveConnectionOptions,
  timeoutOption,
} from "../connection/index.js";
import { type Compression, type DeflateOptions, resolveCompression } from "../deflate/index.js";
import {
  checkOrigins,
  defaultHeadLimits,
  type HeadLimits,
  type OriginPolicy,
  subprotocolsOf,
} from "../handshake/index.js";
import { zlibEngine } from "../host/index.js";
import {
  checkOptions,
  checkType,
  describeValue,
  invalidArgument,
  type OptionTable,
} from "../protocol/index.js";
import type { UpgradeOffering } from "./handlers.js";
import { serverTable } from "./option-names.js";
import { checkTlsOptions } from "./tls-options.js";

/** How every upgrade is decided upon, and what its connection may hold. */
export interface AdmissionOptions extends ConnectionOptions {
  /** permessage-deflate: what is agreed to when a client offers it. Default false. */
  compression?: boolean | DeflateOptions | undefined;
  /** Subprotocols that are spoken here, in order of preference. */
  protocols?: string | readonly string[] | undefined;
  /** Which browsers' pages may connect: those of the same origin, any, a list, or as the function says. Requests without
   * an Origin header do not come from a browser's page and pass. Default "same". Refused with 403. */
  origins?: OriginPolicy | ((origin: string, request: UpgradeOffering) => boolean) | undefined;
  /** The request reached the browser's end of this server encrypted, though a proxy took that off. Default: as it is. */
  isSecure?: boolean | undefined;
  /** Milliseconds for the request head and the upgrade hook, 0 to 2 147 483 647. Default 10 000. Breach: 408. */
  handshakeTimeoutMs?: number | undefined;
  /** Headers of a request, an integer of at least 1; not `Infinity`. Default 100. Breach: 431. */
  maxHeaders?: number | undefined;
}

export interface AttachOptions extends AdmissionOptions {
  /** The one path that is served, without a query. Default: every path. Others: 404. */
  path?: string | undefined;
}

export interface ServerOptions extends AttachOptions {
  /** What carries connections. "node": Node's sockets. "uring": io_uring, on Linux from 6.1 on, or an error that says why not;
   * the kernel does its TLS where it can, once Node's has made the handshake.
   * "auto" is "uring" where it works, but "node" with `tls` and in a worker of node:cluster. Default "auto". */
  transport?: TransportChoice | undefined;
  /** Serves `wss:` and `https:` with this certificate. Node's options for `tls.createServer`. */
  tls?: TlsOptions | undefined;
  /** Bytes of a request head, an integer of at least 1; not `Infinity`. Default 16 384. Breach: 431. */
  maxHeadBytes?: number | undefined;
  /** Bytes of a plain HTTP request's body that `text`, `json` and `bytes` will read, and that a `fetch` handler can read in
   * any way: an integer of at least 0, or `Infinity` for no limit. Default 1 048 576. Breach: `BODY_TOO_LARGE`, 413. */
  maxBodyBytes?: number | undefined;
}

/** Options with their values. */
export interface AcceptSettings {
  readonly connection: ConnectionSettings;
  readonly compression: Compression | undefined;
  readonly protocols: readonly string[];
  readonly origins: OriginPolicy | ((origin: string, request: UpgradeOffering) => boolean);
  readonly isSecure: boolean | undefined;
  readonly handshakeTimeoutMs: number;
  readonly path: string | undefined;
  readonly headLimits: HeadLimits;
  readonly maxBodyBytes: number;
}

/**
 * Fills in the defaults. `table` has the names that the caller takes. Throws `StateError` `INVALID_ARGUMENT`, or
 * `TransportError` for a transport that is not here.
 */
export function resolveServerOptions(
  options: ServerOptions = {},
  table: OptionTable = serverTable,
): AcceptSettings {
  checkOptions(options, table);
  const { path, origins = "same", transport = "auto" } = options;
  const connection = resolveConnectionOptions(options);
  checkTransport(transport);
  if (path !== undefined && !(typeof path === "string" && path.startsWith("/")))
    throw invalidArgument(`path ${describeValue(path)} does not begin with "/"`);
  if (path !== undefined && /[?#]/.test(path))
    throw invalidArgument(
      `path ${describeValue(path)} has a query or fragment; upgrades are told apart without`,
    );
  if (typeof origins !== "function") checkOrigins(origins, 'it takes "same", "any", a list or a function');
  checkType("isSecure", options.isSecure, "boolean", "true or false");
  checkTlsOptions(options.tls);
  return {
    connection,
    compression: resolveCompression("compression", options.compression, zlibEngine),
    protocols: subprotocolsOf(options.protocols),
    origins,
    isSecure: options.isSecure,
    handshakeTimeoutMs: timeoutOption("handshakeTimeoutMs", options.handshakeTimeoutMs, 10_000),
    path,
    headLimits: {
      maxHeadBytes: countOption("maxHeadBytes", options.maxHeadBytes, defaultHeadLimits.maxHeadBytes),
      maxHeaders: countOption("maxHeaders", options.maxHeaders, defaultHeadLimits.maxHeaders),
    },
    maxBodyBytes:
      options.maxBodyBytes === Infinity
        ? Infinity
        : countOption("maxBodyBytes", options.maxBodyBytes, 1_048_576, 0),
  };
}

function countOption(name: string, value: number | undefined, fallback: number, min = 1): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw invalidArgument(`${name} is ${describeValue(value)}; it takes an integer of at least ${min}`);
}

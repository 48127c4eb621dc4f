// The options that each way in knows by name, and words for names that people bring from elsewhere.

import { connectionOptionHints, connectionOptionNames } from "../connection/index.js";
import type { NamesOf, OptionTable } from "../protocol/index.js";
import type { AcceptOptions } from "./accept.js";
import type { CloseOptions } from "./close-options.js";
import type { AdmissionOptions, AttachOptions, ServerOptions } from "./server-options.js";

const admissionNames = {
  ...connectionOptionNames,
  compression: true,
  protocols: true,
  origins: true,
  isSecure: true,
  handshakeTimeoutMs: true,
  maxHeaders: true,
} satisfies NamesOf<AdmissionOptions>;

const attachNames = { ...admissionNames, path: true } satisfies NamesOf<AttachOptions>;

const listen = "give it to listen, as in server.listen({ port, host })";
const inTls = "use tls: { cert, key, … }";
const asHandler =
  "it is a handler: those come before the options, as in createServer({ message, request, error }, options)";

const acceptHints: Readonly<Record<string, string>> = {
  ...connectionOptionHints,
  origin: "use origins",
  allowedOrigins: "use origins",
  cors: "use origins",
  verifyClient: "use the upgrade handler, or origins",
  handleProtocols: "use protocols, or the upgrade handler",
  secure: "use isSecure",
  maxHeadersCount: "use maxHeaders",
  clientTracking: "look at the connections of the server, which are always tracked",
  signal: "call close() of the server when the signal aborts",
  upgrade: asHandler,
  open: asHandler,
  message: asHandler,
  drain: asHandler,
  close: asHandler,
  error: asHandler,
  request: asHandler,
  fetch: asHandler,
};

const theirs = "the HTTP server has it";

const attachHints: Readonly<Record<string, string>> = {
  ...acceptHints,
  tls: "the HTTP server does the TLS",
  transport: "the HTTP server has its own",
  maxHeadBytes: "set maxHeaderSize of the HTTP server",
  maxBodyBytes: "plain requests stay with the HTTP server",
  port: theirs,
  host: theirs,
  server: "it is the first argument",
};

export const serverTable: OptionTable = {
  owner: "createServer",
  names: {
    ...attachNames,
    transport: true,
    tls: true,
    maxHeadBytes: true,
    maxBodyBytes: true,
  } satisfies NamesOf<ServerOptions>,
  hints: {
    ...acceptHints,
    port: listen,
    host: listen,
    hostname: listen,
    reusePort: "give it to listen, as in server.listen({ port, reusePort })",
    unix: "give it to listen, as in server.listen({ path })",
    server: "use attach(server, handlers, options)",
    noServer: "use accept(request, socket, head, options)",
    maxHeaderSize: "use maxHeadBytes",
    maxRequestBodySize: "use maxBodyBytes",
    ca: inTls,
    cert: inTls,
    key: inTls,
    pfx: inTls,
    passphrase: inTls,
    requestCert: inTls,
    rejectUnauthorized: inTls,
    SNICallback: inTls,
  },
};

export const attachTable: OptionTable = { owner: "attach", names: attachNames, hints: attachHints };

const { handshakeTimeoutMs: _deadline, ...acceptNames } = admissionNames;

export const acceptTable: OptionTable = {
  owner: "accept",
  names: { ...acceptNames, protocol: true, headers: true, context: true } satisfies NamesOf<
    AcceptOptions<unknown>
  >,
  hints: {
    ...attachHints,
    path: "look at request.url before",
    handshakeTimeoutMs: "it answers at once; set headersTimeout of the HTTP server",
  },
};

const listenNames = { port: true, host: true, path: true, reusePort: true, fd: true } as const;

export type ListenName = keyof typeof listenNames;

export const listenTable: OptionTable = {
  owner: "listen",
  names: listenNames,
  hints: {
    hostname: "use host",
    address: "use host",
    unix: "use path",
    socketPath: "use path",
    signal: "call close() of the server when the signal aborts",
    tls: "give it to createServer, as in createServer(handlers, { tls })",
    transport: "give it to createServer, as in createServer(handlers, { transport })",
  },
};

export const closeTable: OptionTable = {
  owner: "close",
  names: { code: true, reason: true, timeoutMs: true } satisfies NamesOf<CloseOptions>,
  hints: { timeout: "use timeoutMs" },
};

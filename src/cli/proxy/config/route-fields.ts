// A route, in the config file.

import type { HeartbeatOptions } from "../../../connection/index.js";
import type { DeflateOptions } from "../../../deflate/index.js";
import {
  besideRoutes,
  type Hints,
  type HttpsRedirectOptions,
  hostProblem,
  httpsRedirectHints,
  type InspectOptions,
  inspectHints,
  pathProblem,
  type RouteOptions,
  replacementProblem,
  routeHints,
  type Told,
  tell,
  useAs,
} from "../../../proxy/index.js";
import { requestHeaders, responseHeaders } from "./header-fields.js";
import { tlsExample } from "./listen-fields.js";
import {
  choice,
  either,
  type FieldsOf,
  flag,
  idleTime,
  integer,
  limit,
  milliseconds,
  type ObjectShape,
  off,
  oneOrMore,
  text,
} from "./shape.js";
import { balance, health, queue, upstreams } from "./upstream-fields.js";

const path = text('a path such as "/chat"', pathProblem);

const replacement = text('a path such as "/", or ""', replacementProblem);

const host = text('a host name such as "example.com" or "*.example.com"', hostProblem);

const deflate: ObjectShape = {
  kind: "object",
  called: "permessage-deflate",
  example: { thresholdBytes: 1024 },
  fields: {
    clientMaxWindowBits: { shape: integer(8, 15), about: "The client's window, as a power of two." },
    serverMaxWindowBits: {
      shape: integer(8, 15),
      about: "The server's window, as a power of two.",
      fallback: "12",
    },
    clientNoContextTakeover: {
      shape: flag,
      about: "The client forgets its window after each message.",
      fallback: "false",
    },
    serverNoContextTakeover: {
      shape: flag,
      about: "The server forgets its window after each message.",
      fallback: "false",
    },
    thresholdBytes: { shape: integer(0), about: "Messages of fewer bytes go as they are.", fallback: "1024" },
    level: { shape: integer(0, 9), about: "zlib's compression level.", fallback: "3" },
    memLevel: { shape: integer(1, 9), about: "zlib's memory level.", fallback: "5" },
  } satisfies FieldsOf<DeflateOptions>,
};

const heartbeat: ObjectShape = {
  kind: "object",
  called: "heartbeat",
  example: { intervalMs: 30_000 },
  fields: {
    intervalMs: {
      shape: milliseconds,
      about: "Milliseconds without a byte after which a side is pinged.",
      fallback: "30 000",
    },
    timeoutMs: {
      shape: milliseconds,
      about: "Milliseconds that it has to send anything then.",
      fallback: "20 000",
    },
  } satisfies FieldsOf<HeartbeatOptions>,
};

const inspect: ObjectShape = {
  kind: "object",
  called: "inspect",
  example: { maxMessageBytes: 1_048_576 },
  hints: inspectHints,
  fields: {
    maxMessageBytes: {
      shape: limit,
      about: "Payload bytes of one message, after inflating. Breach: 1009 to whoever sent it.",
      fallback: "1 048 576",
    },
    maxFragments: { shape: limit, about: "Frames of one message. Breach: 1008.", fallback: "16 384" },
    heartbeat: {
      shape: either(heartbeat, off),
      about: "Finds clients and upstreams that are gone; false turns it off.",
      fallback: "on",
    },
    clientCompression: {
      shape: either(flag, deflate),
      about: "permessage-deflate with clients.",
      fallback: "false",
    },
    upstreamCompression: {
      shape: either(flag, deflate),
      about: "permessage-deflate with upstreams.",
      fallback: "false",
    },
  } satisfies FieldsOf<InspectOptions>,
};

const httpsRedirect: ObjectShape = {
  kind: "object",
  called: "a redirect",
  example: { port: 8443 },
  hints: httpsRedirectHints,
  fields: {
    port: {
      shape: integer(1, 65_535),
      about: "Where the listener with `tls` is for clients.",
      fallback: "443",
    },
    status: {
      shape: choice(301, 302, 307, 308),
      about:
        "301 and 308 hold for good, and clients remember them; with 301 and 302 a POST may become a GET.",
      fallback: "308",
    },
  } satisfies FieldsOf<HttpsRedirectOptions>,
};

export const routeFields = {
  name: { shape: text("a text"), about: "What logs and metrics call it.", fallback: "its host and path" },
  host: {
    shape: oneOrMore(host),
    about: 'The host that is asked for, without a port; `"*."` and a domain have every name below it.',
    fallback: "any",
  },
  path: { shape: path, about: "The one path that is asked for. Beside it no `pathPrefix`." },
  pathPrefix: {
    shape: path,
    about:
      'The path, or the beginning of it up to a slash: `"/api"` has `/api` and `/api/v1`, and not `/apix`; `"/api/"` has what is below, and not `/api`. There are no patterns.',
    fallback: "any path",
  },
  replacePath: {
    shape: replacement,
    about:
      'What takes the place of `path` or `pathPrefix` on the way to the upstream: with `"/v2"` and `"/"`, `/v2/x` becomes `/x`. Beside `routes` it is for those that have one of the two.',
    fallback: "it stays",
  },
  redirectToHttps: {
    shape: either(flag, httpsRedirect),
    about:
      "Whether requests that come without TLS, upgrades too, are redirected to the same host, path and query over `https:`. Where TLS ends before the proxy, whoever ends it has to be one of `trustedProxies` and to say so, or clients are redirected for ever.",
    fallback: "false",
  },
  to: { shape: upstreams, about: "Where requests go: one upstream or several, each a URL or an object." },
  balance: {
    shape: balance,
    about: 'How one of several is chosen; `{ "hash": … }` takes the same for the same client.',
    fallback: '`"round-robin"`',
  },
  health: { shape: health, about: "Takes upstreams out of service that do not answer." },
  queue: {
    shape: queue,
    about: "Where requests wait while every upstream has as many connections as it may.",
  },
  maxConnections: {
    shape: limit,
    about: "Connections that the route may have at once; further ones wait in its queue.",
    fallback: '`"none"`',
  },
  mode: {
    shape: choice("relay", "inspect"),
    about: "How an open WebSocket is carried: as bytes, or as messages that are looked at.",
    fallback: '`"relay"`',
  },
  inspect: {
    shape: inspect,
    about: 'What holds in mode `"inspect"`. Beside `routes` it is for those in that mode.',
  },
  isMetered: {
    shape: flag,
    about: "Whether relayed messages are counted and close codes noted, which draining needs to say goodbye.",
    fallback: "true",
  },
  connectTimeoutMs: {
    shape: milliseconds,
    about: "Milliseconds to connect to an upstream, TLS included.",
    fallback: "5000",
  },
  handshakeTimeoutMs: {
    shape: milliseconds,
    about: "Milliseconds for the head of an upstream's answer, to a plain request too.",
    fallback: "10 000",
  },
  idleTimeoutMs: {
    shape: idleTime,
    about: "Milliseconds without a byte either way on an open connection, or in the body of a plain answer.",
    fallback: "3 600 000",
  },
  retries: {
    shape: integer(0),
    about: "Further upstreams that are tried when one cannot be connected to.",
    fallback: "2",
  },
  preserveHost: {
    shape: flag,
    about: "Whether the upstream is told the host that the client asked for; else its own.",
    fallback: "true",
  },
  requestHeaders: {
    shape: requestHeaders,
    about: "Headers to the upstream that replace those of the same name; null takes one away.",
  },
  responseHeaders: { shape: responseHeaders, about: "The same for what goes back to the client." },
  sendProxyProtocol: {
    shape: choice(1, 2),
    about: "Begins each connection to the upstream with a PROXY header of this version.",
    fallback: "none",
  },
} satisfies FieldsOf<RouteOptions>;

const listenWithTls = useAs("listen", [{ port: 8443, tls: tlsExample }]);

const fileNames = ["listen", "accessLog", "admin", "drain"];

/** They are shown to whoever connects, before it is known which route has the request. */
const listenBeside: Told = (words) => `${tell(listenWithTls, words)} beside ${words.option("routes")}`;

export const certificateHints: Hints = {
  tls: listenWithTls,
  certificates: listenBeside,
  ssl_certificate: listenBeside,
  ssl_certificate_key: listenBeside,
};

export const route: ObjectShape = {
  kind: "object",
  called: "a route",
  example: { path: "/chat", to: "ws://127.0.0.1:3000" },
  fields: routeFields,
  hints: { ...besideRoutes(fileNames), ...routeHints, ...certificateHints },
};

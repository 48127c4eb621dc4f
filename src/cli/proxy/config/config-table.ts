// The whole config file.

import { isCloseCode } from "../../../protocol/index.js";
import { networkProblem, type ProxyOptions, proxyHints, use, useAs } from "../../../proxy/index.js";
import { parseListenText, portOfAll } from "../listen-text.js";
import { logFileProblem } from "../log-file.js";
import { json } from "./file-words.js";
import { listen } from "./listen-fields.js";
import { nginxFileHints } from "./nginx-config.js";
import { certificateHints, route, routeFields } from "./route-fields.js";
import {
  choice,
  either,
  type FieldsOf,
  flag,
  integer,
  list,
  milliseconds,
  millisecondsOrNone,
  type ObjectShape,
  type Shape,
  text,
} from "./shape.js";

const network = text('an address or a network such as "10.0.0.0/8"', networkProblem);

const adminText = text('an address such as "127.0.0.1:9090"', (given) => {
  const port = portOfAll(given);
  if (port !== undefined)
    return `has "*" for an address; write "[::]:${port}", a port of all addresses, or "127.0.0.1:${port}"`;
  const place = parseListenText(given, "/");
  return place === undefined || "path" in place
    ? 'is no address to listen on; write "127.0.0.1:9090"'
    : undefined;
});

const admin: Shape = either(integer(0, 65_535), adminText);

const drain: ObjectShape = {
  kind: "object",
  called: "drain",
  example: { timeoutMs: 10_000 },
  hints: { timeout: use("timeoutMs"), linger: use("lingerMs") },
  fields: {
    code: {
      shape: integer(1000, 4999),
      about: "The close code for every client: 1012, service restart, 1001, going away, or one of your own.",
      fallback: "1012",
    },
    timeoutMs: {
      shape: millisecondsOrNone,
      about: "Milliseconds that clients have to leave; then their connections are ended.",
      fallback: "10 000",
    },
    lingerMs: {
      shape: millisecondsOrNone,
      about:
        "After SIGUSR2, milliseconds that open connections may stay with the old process until it drains.",
      fallback: '`"none"`',
    },
  },
  check: ({ code }) =>
    typeof code !== "number" || isCloseCode(code)
      ? []
      : [["code", `code is ${code}, which may not be sent; write 1012, 1001, or one from 3000 to 4999`]],
};

const proxyFields = {
  ...routeFields,
  routes: {
    shape: list(route, 1),
    about:
      "The first that matches has the request. The options of a route that stand beside it are their defaults; without routes they make one for every request.",
  },
  trustedProxies: {
    shape: list(network),
    about: "Networks whose word is taken for whom they ask, in X-Forwarded-For, Forwarded or a PROXY header.",
    fallback: "none",
  },
  forwarded: {
    shape: choice("x-forwarded", "forwarded", "both", "none"),
    about: "Which headers tell an upstream for whom it is asked.",
    fallback: '`"both"`',
  },
  sendRealIp: {
    shape: flag,
    about: "Whether upstreams are told the client's address in X-Real-IP too.",
    fallback: "false",
  },
  maxClients: {
    shape: integer(1),
    about: "WebSockets and plain requests at once. Breach: 503.",
    fallback: "100 000",
  },
  requestTimeoutMs: {
    shape: milliseconds,
    about: "Milliseconds for a client's request head. Breach: 408.",
    fallback: "10 000",
  },
  closeTimeoutMs: {
    shape: milliseconds,
    about: "Milliseconds for the end of a connection once one side has ended it.",
    fallback: "10 000",
  },
  maxHeadBytes: { shape: integer(1), about: "Bytes of a request head. Breach: 431.", fallback: "16 384" },
  maxHeaders: { shape: integer(1), about: "Headers of a request. Breach: 431.", fallback: "100" },
  transport: {
    shape: choice("auto", "node", "uring"),
    about: "What carries connections to both sides. A reload does not change it.",
    fallback: '`"auto"`',
  },
} satisfies FieldsOf<Omit<ProxyOptions, "hooks">>;

const routesExample = json([route.example]);

export const configShape: ObjectShape = {
  kind: "object",
  called: "the config",
  example: { listen: 8080, to: "ws://127.0.0.1:3000" },
  fields: {
    $schema: {
      shape: text("the address of a schema"),
      about: "For editors: where the schema of this file is.",
    },
    listen: {
      shape: listen,
      about: "Where the proxy listens: a port, an address, or an object, or a list of them.",
      isRequired: true,
    },
    ...proxyFields,
    accessLog: {
      shape: { kind: "path", check: logFileProblem },
      about:
        'A file that gets one line of JSON for each request that is over, and for each WebSocket; `"-"` is standard output.',
      fallback: "none",
    },
    admin: {
      shape: admin,
      about: "Where the admin port listens, on 127.0.0.1 unless it says otherwise.",
      fallback: "nowhere",
    },
    drain: { shape: drain, about: "How it ends." },
  },
  hints: {
    ...proxyHints,
    ...nginxFileHints,
    ...certificateHints,
    port: useAs("listen", 8080),
    bind: useAs("listen", "127.0.0.1:8080"),
    frontend: ({ option }) => `use ${option("listen")} and ${option("routes")}`,
    servers: use("routes"),
    hooks: "they are for createProxy; a file has none",
    log: useAs("accessLog", "access.log"),
  },
  check: ({ routes, to }) =>
    routes === undefined && to === undefined
      ? [["", `the config has no upstream; write "to": "ws://127.0.0.1:3000", or "routes": ${routesExample}`]]
      : [],
};

// The servers behind a route, in the config file.

import { isToken } from "../../../handshake/index.js";
import {
  type ActiveHealthOptions,
  activeHints,
  type HealthOptions,
  healthHints,
  healthPathProblem,
  isUrlShown,
  type PassiveHealthOptions,
  type QueueOptions,
  statusesProblem,
  tell,
  type UpstreamOptions,
  upstreamHints,
  upstreamUrlProblem,
  use,
} from "../../../proxy/index.js";
import { fileWords } from "./file-words.js";
import {
  choice,
  delay,
  either,
  type FieldsOf,
  flag,
  givenValue,
  integer,
  limit,
  list,
  milliseconds,
  type ObjectShape,
  off,
  oneOrMore,
  type Shape,
  text,
} from "./shape.js";

const url: Shape = {
  kind: "text",
  what: 'a URL such as "ws://127.0.0.1:3000"',
  check: upstreamUrlProblem,
  isShown: isUrlShown,
};

const upstreamTls: ObjectShape = {
  kind: "object",
  called: "tls of an upstream",
  example: { ca: "ca.pem" },
  fields: {
    ca: {
      shape: { kind: "content", holds: "an authority" },
      about: "The authority that is trusted, and no other.",
    },
    cert: {
      shape: { kind: "content", holds: "a certificate" },
      about: "The certificate that the proxy shows.",
    },
    key: { shape: { kind: "content", holds: "a key" }, about: "The key of `cert`." },
    passphraseFile: {
      shape: { kind: "content", holds: "a passphrase" },
      about: "A file with the passphrase of `key`.",
    },
    servername: {
      shape: text('a host name such as "example.com"'),
      about: "The name that is asked for and checked.",
      fallback: "that of the URL",
    },
    rejectUnauthorized: {
      shape: flag,
      about: "Whether the upstream's certificate is checked.",
      fallback: "true",
    },
  },
  check: ({ cert, key }) => {
    if (cert !== undefined && key === undefined)
      return [["cert", 'cert needs "key", the key of the certificate; write "key": "key.pem"']];
    return cert === undefined && key !== undefined
      ? [["key", 'key needs "cert", the certificate it is for; write "cert": "cert.pem"']]
      : [];
  },
};

const upstream: ObjectShape = {
  kind: "object",
  called: "an upstream",
  example: { url: "ws://127.0.0.1:3000", weight: 2 },
  hints: { ...upstreamHints, host: use("url") },
  fields: {
    url: {
      shape: url,
      about:
        "`ws:`, `wss:`, `http:`, `https:`, or `ws+unix:PATH`. A path here is put before that of the request.",
      isRequired: true,
    },
    weight: { shape: integer(1, 1000), about: "Its share beside the others.", fallback: "1" },
    maxConnections: {
      shape: limit,
      about: "Connections that it may have at once, from this proxy.",
      fallback: '`"none"`',
    },
    isBackup: {
      shape: flag,
      about: "Used only while none of the others is in service.",
      fallback: "false",
    },
    tls: { shape: upstreamTls, about: "For `wss:` and `https:`. Files are in PEM." },
  } satisfies FieldsOf<UpstreamOptions>,
};

export const upstreams: Shape = oneOrMore(either(url, upstream));

export const balance: Shape = either(choice("round-robin", "least-connections"), {
  kind: "object",
  called: "balance",
  example: { hash: { cookie: "session" } },
  hints: {
    cookie: ({ setting }) => `write { ${setting("hash", { cookie: givenValue })} }`,
    header: ({ setting }) => `write { ${setting("hash", { header: givenValue })} }`,
    address: ({ setting }) => `write { ${setting("hash", "address")} }`,
  },
  fields: {
    hash: {
      shape: either(choice("address"), {
        kind: "object",
        called: "hash",
        example: { cookie: "session" },
        fields: {
          header: {
            shape: text('the name of a header such as "X-User"', (name) =>
              isToken(name) ? undefined : 'is no name of a header; write one such as "X-User"',
            ),
            about: "The name of a header.",
          },
          cookie: {
            shape: text('the name of a cookie such as "session"', (name) =>
              isToken(name) ? undefined : 'is no name of a cookie; write one such as "session"',
            ),
            about: "The name of a cookie.",
          },
        },
        check: (given) =>
          Object.keys(given).length === 1
            ? []
            : [["", 'hash takes one of "header" and "cookie"; write one, as in { "cookie": "session" }']],
      }),
      about:
        'By what the same upstream is chosen again: `"address"`, `{ "header": NAME }` or `{ "cookie": NAME }`.',
      isRequired: true,
    },
  },
});

const passive: ObjectShape = {
  kind: "object",
  called: "health.passive",
  example: { maxFailures: 3 },
  fields: {
    maxFailures: {
      shape: integer(1),
      about: "Failures to connect or to answer in a row, after which an upstream is out of service.",
      fallback: "3",
    },
    ejectMs: {
      shape: delay,
      about: "For how long; then one request tries again.",
      fallback: "10 000",
    },
  } satisfies FieldsOf<PassiveHealthOptions>,
};

const active: ObjectShape = {
  kind: "object",
  called: "health.active",
  example: { path: "/health" },
  hints: activeHints,
  fields: {
    path: {
      shape: text('a path such as "/health"', healthPathProblem),
      about: "What is asked for with GET.",
      fallback: "it is enough that a connection can be made",
    },
    statuses: { shape: list(integer(200, 599), 1), about: "Statuses that are good.", fallback: "200 to 399" },
    intervalMs: { shape: delay, about: "Milliseconds between two checks.", fallback: "5000" },
    timeoutMs: { shape: delay, about: "Milliseconds for one check.", fallback: "2000" },
    rise: { shape: integer(1), about: "Good checks in a row until it is in service again.", fallback: "2" },
    fall: { shape: integer(1), about: "Bad checks in a row until it is out of service.", fallback: "3" },
  } satisfies FieldsOf<ActiveHealthOptions>,
  check: ({ path, statuses }) => {
    const problem = statuses === undefined ? undefined : statusesProblem(path);
    return problem === undefined ? [] : [["statuses", `statuses ${tell(problem, fileWords)}`]];
  },
};

export const health: ObjectShape = {
  kind: "object",
  called: "health",
  example: { active: { path: "/health" } },
  hints: {
    ...healthHints,
    path: ({ setting }) => `write { ${setting("active", { path: givenValue })} }`,
  },
  fields: {
    passive: {
      shape: either(passive, off),
      about: "What requests find out; false turns it off.",
      fallback: "on",
    },
    active: {
      shape: either(flag, active),
      about: "Asking each upstream from time to time.",
      fallback: "false",
    },
  } satisfies FieldsOf<HealthOptions>,
};

export const queue: ObjectShape = {
  kind: "object",
  called: "queue",
  example: { maxWaiting: 1024 },
  fields: {
    maxWaiting: { shape: integer(0), about: "Requests that may wait at once.", fallback: "1024" },
    timeoutMs: {
      shape: milliseconds,
      about: "Milliseconds that one waits, at most. Breach: 503.",
      fallback: "5000",
    },
  } satisfies FieldsOf<QueueOptions>,
};

// Where the proxy listens, in the config file.

import {
  type CertificateOptions,
  type Hints,
  hostProblem,
  type ProxyListenOptions,
  use,
  useAs,
} from "../../../proxy/index.js";
import { listenForms, parseListenText, portOfAll } from "../listen-text.js";
import {
  choice,
  either,
  type Field,
  flag,
  integer,
  list,
  type ObjectShape,
  oneOrMore,
  type Shape,
  text,
} from "./shape.js";

const certificateExample = { cert: "cert.pem", key: "key.pem" };
export const tlsExample = { certificates: [certificateExample] };

const certificate: ObjectShape = {
  kind: "object",
  called: "a certificate",
  example: certificateExample,
  hints: {
    hosts: use("names"),
    servername: use("names"),
    certificate: use("cert"),
    ssl_certificate: use("cert"),
    ssl_certificate_key: use("key"),
    passphrase: use("passphraseFile"),
  },
  fields: {
    cert: {
      shape: { kind: "content", holds: "a certificate" },
      about: "A file with the certificate; those of the authorities between follow it.",
      isRequired: true,
    },
    key: { shape: { kind: "content", holds: "a key" }, about: "A file with its key.", isRequired: true },
    passphraseFile: {
      shape: { kind: "content", holds: "a passphrase" },
      about: "A file with the passphrase of the key.",
    },
    names: {
      shape: list(text('a host name such as "example.com" or "*.example.com"', hostProblem), 1),
      about: "The hosts that it is for.",
      fallback: "those that it names",
    },
  } satisfies Readonly<Record<Exclude<keyof CertificateOptions, "passphrase"> | "passphraseFile", Field>>,
};

const pair = useAs("certificates", tlsExample.certificates);

const versions = choice("TLSv1.2", "TLSv1.3");

const tls: ObjectShape = {
  kind: "object",
  called: "tls of a listener",
  example: tlsExample,
  hints: {
    cert: pair,
    key: pair,
    ssl_certificate: pair,
    ssl_certificate_key: pair,
    ssl_protocols: ({ option }) => `use ${option("minVersion")} and ${option("maxVersion")}`,
    ssl_ciphers: use("ciphers"),
    ssl_client_certificate: use("ca"),
    ssl_verify_client: useAs("requestCert", true),
  },
  fields: {
    certificates: {
      shape: list(certificate, 1),
      about: "The one for the host that a client names (SNI) is shown to it; the first to others.",
      isRequired: true,
    },
    minVersion: { shape: versions, about: "The oldest version of TLS.", fallback: '`"TLSv1.2"`' },
    maxVersion: { shape: versions, about: "The newest version of TLS.", fallback: '`"TLSv1.3"`' },
    ciphers: {
      shape: text("a list of ciphers as OpenSSL writes it"),
      about: "Ciphers, as OpenSSL writes them.",
    },
    ca: {
      shape: { kind: "content", holds: "an authority" },
      about: "A file with the authority of clients' certificates.",
    },
    requestCert: { shape: flag, about: "Asks clients for a certificate.", fallback: "false" },
    rejectUnauthorized: {
      shape: flag,
      about: "Refuses clients without one of `ca`, where one is asked for.",
      fallback: "true",
    },
  },
  check: ({ minVersion, maxVersion }) =>
    minVersion === "TLSv1.3" && maxVersion === "TLSv1.2"
      ? [["minVersion", `minVersion ${minVersion} is newer than maxVersion; leave one of them out`]]
      : [],
};

const withTls = useAs("tls", tlsExample);

const listenerHints: Hints = {
  address: use("host"),
  certificates: withTls,
  cert: withTls,
  ssl_certificate: withTls,
  ssl_certificate_key: withTls,
  proxy_protocol: useAs("proxyProtocol", true),
};

const listener: ObjectShape = {
  kind: "object",
  called: "a listener",
  example: { port: 8080, host: "127.0.0.1" },
  hints: listenerHints,
  fields: {
    port: { shape: integer(0, 65_535), about: "A port; 0 takes a free one." },
    host: {
      shape: text('a name or an address such as "127.0.0.1"', (host) =>
        host === "*" || host === ""
          ? "is no address; leave it out, and the port is one of all addresses"
          : undefined,
      ),
      about: "The address to listen on.",
      fallback: "all",
    },
    path: { shape: { kind: "path" }, about: "A unix socket, in place of `port`." },
    reusePort: { shape: flag, about: "Shares the port with others who say so too.", fallback: "false" },
    tls: { shape: tls, about: "Serves `wss:` and `https:`. Files are in PEM." },
    proxyProtocol: {
      shape: flag,
      about: "Every connection has to begin with a PROXY header, from one of `trustedProxies`.",
      fallback: "false",
    },
  } satisfies Readonly<Record<keyof ProxyListenOptions | "port" | "host" | "path" | "reusePort", Field>>,
  check: ({ port, host, path, reusePort }) => {
    if (path === undefined)
      return port === undefined ? [["", 'a listener needs "port" or "path"; write "port": 8080']] : [];
    const useless = Object.entries({ port, host, reusePort: reusePort === true ? true : undefined });
    return useless
      .filter(([, value]) => value !== undefined)
      .map(([name]) => [name, `${name} means nothing beside path; leave one of them out`]);
  },
};

const listenText = text(`a port or an address such as ${listenForms}`, (given) => {
  const port = portOfAll(given);
  if (port !== undefined) return `has "*" for an address; write ${port}, a port of all addresses`;
  return parseListenText(given, "/") === undefined
    ? `is no address to listen on; write one such as ${listenForms}`
    : undefined;
});

export const listen: Shape = oneOrMore(either(integer(0, 65_535), listenText, listener));

// Directives of nginx, and what there is in their place.

import { type Hints, use, useAs } from "./hints.js";
import type { Told } from "./words.js";

const noFiles = "it serves no files; write the URL of a server that does as an upstream";
const noCache = "nothing is cached here; take it out";
const noBuffers = "bodies are passed on as they come, and never gathered; take it out";
const noCompression = "plain answers are passed on as they come; let their server compress them";
const perAddress = "nothing is counted by address here; the hook request of createProxy can refuse a request";
/** What nginx has at each server of an upstream is for a route here. */
export const passiveHealth = useAs("health", { passive: { maxFailures: 3, ejectMs: 10_000 } });
const upstreamTls: Told = ({ option }) => `use ${option("tls")} of an upstream`;

/** Of a location, a server or the whole. */
export const nginxHints: Hints = {
  location: ({ option }) => `use ${option("pathPrefix")}, or ${option("path")} for one alone`,
  server_name: use("host"),
  proxy_pass: use("to"),
  rewrite: use("replacePath"),
  return: use("redirectToHttps"),
  ip_hash: useAs("balance", { hash: "address" }),
  hash: useAs("balance", { hash: "address" }),
  sticky: useAs("balance", { hash: { cookie: "session" } }),
  least_conn: useAs("balance", "least-connections"),
  health_check: useAs("health", { active: { path: "/health" } }),
  max_fails: passiveHealth,
  fail_timeout: passiveHealth,
  proxy_set_header: useAs("requestHeaders", { "X-Served-By": "proxy" }),
  add_header: useAs("responseHeaders", { "X-Served-By": "proxy" }),
  proxy_hide_header: useAs("responseHeaders", { Server: null }),
  proxy_connect_timeout: use("connectTimeoutMs"),
  proxy_read_timeout: use("handshakeTimeoutMs", "idleTimeoutMs"),
  proxy_send_timeout: use("idleTimeoutMs"),
  proxy_next_upstream: use("retries"),
  proxy_next_upstream_tries: use("retries"),
  proxy_protocol: use("sendProxyProtocol"),
  proxy_http_version: "it speaks HTTP/1.1, as upgrades need it; take it out",
  proxy_ssl_verify: upstreamTls,
  proxy_ssl_trusted_certificate: upstreamTls,
  proxy_ssl_name: upstreamTls,
  proxy_ssl_server_name: upstreamTls,
  proxy_ssl_certificate: upstreamTls,
  proxy_ssl_certificate_key: upstreamTls,
  keepalive: "connections for plain requests are kept without it; take it out",
  http2: "clients speak HTTP/1.1; take it out",
  client_max_body_size: "bodies pass whatever their size; take it out",
  limit_req: perAddress,
  limit_conn: perAddress,
  auth_basic: "it asks for no passwords; the hook request of createProxy can",
  root: noFiles,
  alias: noFiles,
  index: noFiles,
  try_files: noFiles,
  autoindex: noFiles,
  proxy_cache: noCache,
  proxy_cache_path: noCache,
  expires: useAs("responseHeaders", { "Cache-Control": "max-age=3600" }),
  proxy_buffering: noBuffers,
  proxy_request_buffering: noBuffers,
  proxy_buffers: noBuffers,
  proxy_buffer_size: noBuffers,
  gzip: noCompression,
  gzip_types: noCompression,
  brotli: noCompression,
};

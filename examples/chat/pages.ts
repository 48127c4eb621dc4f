// The files of the page. They are read once, into a table from path to file: a request can only name what is in the
// table, so there is no path that leads out of the folder.

import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import type { HttpRequest, HttpResponse } from "sluice";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Only this server's own files, nothing inline, nobody's frame: text that slips into the page could not do anything. */
const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Cache-Control": "no-cache",
};

/** Answers requests for the files of a folder. */
export function createPages(folder: URL): (request: HttpRequest) => HttpResponse {
  const files = new Map<string, { type: string; body: Uint8Array }>();
  for (const name of readdirSync(folder)) {
    const type = contentTypes[extname(name)];
    if (type !== undefined) files.set(`/${name}`, { type, body: readFileSync(new URL(name, folder)) });
  }
  const index = files.get("/index.html");
  if (index === undefined) throw new Error(`there is no index.html in ${folder.pathname}`);
  files.set("/", index);
  return (request) => answer(files.get(request.pathname), request.method);
}

function answer(file: { type: string; body: Uint8Array } | undefined, method: string): HttpResponse {
  if (method !== "GET" && method !== "HEAD") {
    return text(405, "Method Not Allowed\n", { Allow: "GET, HEAD" });
  }
  if (file === undefined) return text(404, "Not Found\n");
  return { headers: { ...securityHeaders, "Content-Type": file.type }, body: file.body };
}

function text(status: number, body: string, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers: { ...securityHeaders, "Content-Type": "text/plain; charset=utf-8", ...headers },
    body,
  };
}

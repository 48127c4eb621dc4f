// Plain HTTP requests to a server of ours.

import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import type { ServerHandlers, ServerOptions } from "sluice";
import type { RawPeer } from "../support/raw-client.js";
import { echo, startServer } from "../support/sluice-server.js";

interface After {
  after(hook: () => Promise<void>): void;
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
}

export async function ask(
  port: number,
  options: RequestOptions = {},
  body?: string | Uint8Array,
): Promise<Answer> {
  const request = httpRequest({ host: "127.0.0.1", port, agent: false, ...options });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  // What is left of a body that nobody wants may still fail to be sent.
  request.on("error", () => {});
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk as Uint8Array);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

export async function serve(
  t: After,
  request: NonNullable<ServerHandlers["request"]>,
  options: ServerOptions = {},
) {
  return startServer(t, { ...echo, request }, options);
}

/** One response as a raw peer sees it, its body by length or in chunks. */
export async function readAnswer(peer: RawPeer): Promise<{ status: number; closes: boolean; body: string }> {
  const { status, headers } = await peer.readHead();
  const closes = /\bclose\b/.test(headers.get("connection") ?? "");
  if (headers.get("transfer-encoding") !== "chunked")
    return { status, closes, body: (await peer.read(Number(headers.get("content-length") ?? 0))).toString() };
  let body = "";
  for (;;) {
    let line = "";
    while (!line.endsWith("\r\n")) line += (await peer.read(1)).toString();
    const length = Number.parseInt(line, 16);
    body += (await peer.read(length)).toString();
    await peer.read(2);
    if (length === 0) return { status, closes, body };
  }
}

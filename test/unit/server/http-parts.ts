// Parts of Node's HTTP server without a network: requests whose bodies a test feeds, responses whose bytes it reads.

import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";

/** A request as Node's parser would have made it, its body still to come. */
export function makeRequest(
  headers: Record<string, string> = {},
  method = "GET",
  url = "/",
): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.httpVersionMajor = 1;
  message.httpVersionMinor = 1;
  message.method = method;
  message.url = url;
  message.rawHeaders = Object.entries(headers).flat();
  message.headers = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return message;
}

/** The end of a request's body. */
export function complete(message: IncomingMessage): void {
  message.complete = true;
  message.push(null);
}

/** One end of a stream: what is written to it is kept, and it reads what is pushed. */
export class RecordingStream extends Duplex {
  written = "";
  /** Called when something has been written; without calling `done` nothing more is taken. */
  onWrite: (done: () => void) => void = (done) => done();

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString("latin1");
    this.onWrite(done);
  }
}

/** A response to the request, and the stream on which it is sent. */
export function makeResponse(message = makeRequest({ Host: "x" })): {
  response: ServerResponse;
  stream: RecordingStream;
} {
  const stream = new RecordingStream();
  const response = new ServerResponse(message);
  response.sendDate = false;
  response.assignSocket(stream as unknown as Socket);
  return { response, stream };
}

/** Lets what is about to happen by itself happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

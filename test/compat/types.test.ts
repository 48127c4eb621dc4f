// The types of @types/ws describe the module, and a program that was written with them runs.

import assert from "node:assert/strict";
import type * as http from "node:http";
import { compare } from "./implementations.js";
import { event } from "./support/peers.js";
import { type TypedModule, typedEcho } from "./support/typed-use.js";

await compare("a program with the types of ws", (module, check) => {
  check("runs", async (t) => {
    const { server, open, streamOf } = typedEcho(module as unknown as TypedModule);
    t.after(() => server.close());
    await event(server, "listening");
    const { port } = server.address() as { port: number };
    const accepted = event(server, "connection");
    const client = open(`ws://127.0.0.1:${port}`);
    await event(client, "open");
    const [, request] = (await accepted) as [unknown, http.IncomingMessage];
    assert.equal(request.headers["sec-websocket-protocol"], "a");
    const echoed = event(client, "message");
    client.send(Uint8Array.of(1, 2));
    assert.deepEqual(new Uint8Array((await echoed)[0]), Uint8Array.of(1, 2));
    client.binaryType = "nodebuffer";
    const stream = streamOf(client);
    const read = event(stream, "data");
    stream.write("streamed");
    assert.equal((await read)[0], "streamed");
    const ended = event(server, "close");
    server.close();
    stream.destroy();
    await ended;
  });
});

// Somebody on the way between a client and a server of TCP, who passes on what comes, or something else.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

interface After {
  after(hook: () => void): void;
}

/** What is passed on in the place of what came; nothing is passed on for undefined. */
type Change = (bytes: Buffer) => Buffer | undefined;

/** Carries one connection. */
export class TcpRelay {
  port = 0;
  fromClient: Change = (bytes) => bytes;
  fromServer: Change = (bytes) => bytes;
  #client: Socket | undefined;
  #server: Socket | undefined;

  /** Listens on a free port, for a client of the server at the other one, until the test is over. */
  static async to(t: After, port: number): Promise<TcpRelay> {
    const relay = new TcpRelay();
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    listener.once("connection", (client) => relay.#connect(client, port));
    listener.listen(0, "127.0.0.1");
    t.after(() => {
      listener.close();
      relay.#client?.destroy();
      relay.#server?.destroy();
    });
    await once(listener, "listening");
    relay.port = (listener.address() as AddressInfo).port;
    return relay;
  }

  #connect(client: Socket, port: number): void {
    const server = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    this.#client = client;
    this.#server = server;
    pass(client, server, (bytes) => this.fromClient(bytes));
    pass(server, client, (bytes) => this.fromServer(bytes));
  }
}

function pass(from: Socket, to: Socket, change: Change): void {
  from.on("data", (bytes) => {
    const changed = change(bytes);
    if (changed === undefined || !to.writable || to.write(changed)) return;
    from.pause();
    to.once("drain", () => from.resume());
  });
  // A reset is one of the ways in which a connection ends, and is passed on as the plain one.
  from.on("end", () => to.end()).on("error", () => to.end());
}

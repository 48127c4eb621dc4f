// What one HTTP server's upgrades go to: one listener of ours per server, however many are attached.

import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { HandshakeError, isUpgradeRequest, refusalOf } from "../handshake/index.js";
import { describeValue, StateError } from "../protocol/index.js";
import { SocketTransport } from "../transport/index.js";
import { ConnectionRegistry } from "./connection-registry.js";
import type { Answerable, DrainingSet } from "./draining-set.js";
import { repeatWithoutUpgrade, upgradeFromHttp } from "./http-upgrade.js";
import { resolveServerOptions } from "./server-options.js";
import { Upgrader } from "./upgrader.js";

/** A server of `node:http` or `node:https`. */
export type AnyHttpServer = HttpServer | HttpsServer;

/** How Node asks whether a request is an upgrade or a plain one, where it asks: it would not without our listener. */
interface UpgradeGate {
  shouldUpgradeCallback?: (this: AnyHttpServer, request: IncomingMessage) => boolean;
}

/** Node's name for the response that a socket is busy with, since its first versions. */
type Answering = Duplex & { readonly _httpMessage?: ServerResponse | null };

const switchboards = new WeakMap<AnyHttpServer, Switchboard>();

/** The server's switchboard, made for whoever attaches first. */
export function switchboardOf(server: AnyHttpServer): Switchboard {
  let switchboard = switchboards.get(server);
  if (switchboard === undefined) {
    switchboard = new Switchboard(server);
    switchboards.set(server, switchboard);
  }
  return switchboard;
}

class Switchboard {
  readonly #upgraders: Upgrader<never>[] = [];
  /** Refuses what none of them serves, and sees to it that the socket does not stay. */
  readonly #nobody = new Upgrader<never>(new ConnectionRegistry<never>(), resolveServerOptions(), {});
  readonly #server: AnyHttpServer & UpgradeGate;
  readonly #gate: UpgradeGate["shouldUpgradeCallback"];

  constructor(server: AnyHttpServer & UpgradeGate) {
    this.#server = server;
    this.#gate = server.shouldUpgradeCallback;
    server.on("upgrade", this.#onUpgrade);
    if (this.#gate !== undefined) server.shouldUpgradeCallback = this.#shouldUpgrade;
  }

  /** Upgrades of its path go to this one; without a path, those that nobody else has. Throws `StateError` `ALREADY_USED`
   * when another has them. */
  add(upgrader: Upgrader<never>): void {
    const { path } = upgrader.settings;
    if (this.#upgraders.some(({ settings }) => settings.path === path)) {
      const what = path === undefined ? "every path" : `the path ${describeValue(path)}`;
      const text = `another attach serves ${what} of this server; give each a path of its own, or close the other first`;
      throw new StateError("ALREADY_USED", text);
    }
    this.#upgraders.push(upgrader);
  }

  /** Leaves the server as it was when this was the last one. */
  remove(upgrader: Upgrader<never>): void {
    const index = this.#upgraders.indexOf(upgrader);
    if (index < 0) return;
    this.#upgraders.splice(index, 1);
    if (this.#upgraders.length > 0) return;
    this.#server.off("upgrade", this.#onUpgrade);
    if (this.#gate !== undefined) this.#server.shouldUpgradeCallback = this.#gate;
    switchboards.delete(this.#server);
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Uint8Array): void => {
    const isOurs = isUpgradeRequest(request);
    const upgrader = isOurs ? this.#upgraderFor(request) : undefined;
    // Somebody else may be listening for it. When nobody is, silence would leave the client waiting.
    if (upgrader === undefined && this.#server.listenerCount("upgrade") > 1) return;
    // Other listeners leave to us what is ours now. So it stays, even if its service closes before its turn: it is refused
    // then.
    inTurn(request, socket, upgrader?.registry.answering, () => {
      if (upgrader !== undefined) void upgradeFromHttp(upgrader, request, socket, head);
      else this.#answer(request, socket, head, isOurs);
    });
  };

  #upgraderFor({ url = "" }: IncomingMessage): Upgrader<never> | undefined {
    const path = url.split("?", 1)[0];
    return (
      this.#upgraders.find(({ settings }) => settings.path === path) ??
      this.#upgraders.find(({ settings }) => settings.path === undefined)
    );
  }

  readonly #shouldUpgrade = (request: IncomingMessage): boolean => {
    const isForSomebody = isUpgradeRequest(request) || this.#server.listenerCount("upgrade") > 1;
    return isForSomebody && this.#gate?.call(this.#server, request) === true;
  };

  #answer(request: IncomingMessage, socket: Duplex, head: Uint8Array, isOurs: boolean): void {
    if (isOurs) {
      const path = describeValue(request.url ?? "");
      const error = new HandshakeError("PATH_NOT_SERVED", `nobody who is attached serves ${path}`);
      this.#nobody.refuse({ refusal: refusalOf(error), error }, new SocketTransport(socket));
      return;
    }
    // Without our listener Node would have served the request and ignored what it offers.
    const event = (socket as { encrypted?: boolean }).encrypted ? "secureConnection" : "connection";
    repeatWithoutUpgrade(request, socket, head, (again) => this.#server.emit(event, again));
  }
}

/**
 * Begins once everything that was asked before has been answered, or never if the connection is over by then. RFC 9112
 * §9.3.2: "it MUST send the corresponding responses in the same order that the requests were received".
 */
function inTurn(
  request: IncomingMessage,
  socket: Duplex,
  waiting: DrainingSet<Answerable> | undefined,
  begin: () => void,
): void {
  const { _httpMessage: pending } = request.socket as Answering;
  if (pending) {
    socket.on("error", () => {});
    waiting?.add(socket);
    pending.once("close", () => {
      // Another may follow, so this asks again.
      if (socket.writable) inTurn(request, socket, waiting, begin);
      else waiting?.delete(socket);
    });
    return;
  }
  begin();
  // Whoever counts it now has begun to: a service that closes waits for it all the time.
  waiting?.delete(socket);
}

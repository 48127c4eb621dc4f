// A WebSocket that is open or opening: what is carried, and the exchange that began it.

import type { Carriage } from "./carriage.js";
import type { Exchange } from "./exchange.js";

export interface OpenTunnel extends Carriage {
  readonly exchange: Exchange;
}

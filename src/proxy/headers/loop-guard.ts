// Requests that come back. Each that leaves says by which proxies it has been passed on, in CDN-Loop (RFC 8586), and what says so
// of this proxy when it comes is not passed on again. Via (RFC 9110 §7.6.3) is not used: "some implementations disable some
// HTTP/1.1 features when the Via header is present", and nginx compresses nothing then.

import type { HeaderList, HeaderMap } from "../../handshake/index.js";
import { randomBlock } from "../../host/index.js";

const HEADER = "CDN-Loop";
const NAME_BYTES = 8;

export class LoopGuard {
  /** RFC 8586 §2: what a proxy is called is chosen "such that it is unlikely to be in use by another". */
  readonly #name = `sluice-${Buffer.from(randomBlock(NAME_BYTES)).toString("hex")}`;

  hasPassedOn(received: HeaderMap): boolean {
    return received.get(HEADER)?.includes(this.#name) === true;
  }

  /** `passed` with this proxy behind those that have passed the request on before. A client cannot take them out by naming them in
   * Connection. */
  marked(passed: HeaderList, received: HeaderMap): HeaderList {
    const earlier = received.get(HEADER);
    const kept =
      earlier === undefined ? passed : passed.filter(([name]) => name.toLowerCase() !== "cdn-loop");
    return [...kept, [HEADER, earlier === undefined ? this.#name : `${earlier}, ${this.#name}`]];
  }
}

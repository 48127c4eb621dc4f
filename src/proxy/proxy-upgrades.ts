// What becomes of upgrade requests at a proxy: a tunnel, or a refusal.

import { createRefusal, HandshakeError, refusalOf, validateUpgradeRequest } from "../handshake/index.js";
import {
  type Answerable,
  type Arrival,
  answerAndLeave,
  type DrainingSet,
  type FrontSettings,
  type Refused,
  type RefusedRequest,
  type UpgradeTaker,
} from "../server/index.js";
import type { Transport } from "../transport/index.js";
import type { AdmittedUpgrade } from "./opening-host.js";
import type { ProxyState } from "./proxy-state.js";
import { UpgradeTunnel } from "./upgrade-tunnel.js";

export class ProxyUpgrades implements UpgradeTaker<AdmittedUpgrade> {
  readonly #state: ProxyState;

  constructor(state: ProxyState) {
    this.#state = state;
  }

  get settings(): FrontSettings {
    return this.#state.settings.front;
  }

  get registry(): { readonly answering: DrainingSet<Answerable> } {
    return this.#state;
  }

  admit({ head, peer }: Arrival): AdmittedUpgrade | Refused {
    const offer = validateUpgradeRequest(head);
    const { method, headers } = head;
    if (offer instanceof HandshakeError) {
      const facts = { method, url: head.target, host: headers.get("host") ?? "", headers, peer };
      this.#state.logRefused({ kind: "websocket", ...facts }, offer);
      return { refusal: refusalOf(offer), error: offer };
    }
    const { resourceName: url, host } = offer;
    const routed = this.#state.route({ kind: "websocket", method, url, host, headers, peer });
    if (!("answer" in routed)) return { routed, offer, head };
    const { answer: refusal, error = new Error("the request is answered without an upstream") } = routed;
    return { refusal, error };
  }

  conclude(
    verdict: AdmittedUpgrade | Refused,
    transport: Transport,
    early: Uint8Array | undefined,
  ): UpgradeTunnel | Error {
    if ("refusal" in verdict) return this.refuse(verdict, transport);
    return new UpgradeTunnel(this.#state, { ...verdict, client: transport, early });
  }

  refuse({ refusal, error }: Refused, transport: Transport): Error {
    const { closeTimeoutMs } = this.settings.connection;
    answerAndLeave(transport, createRefusal(refusal), closeTimeoutMs, this.#state.answering);
    return error;
  }

  refusedUnseen(request: RefusedRequest, error: HandshakeError): void {
    this.#state.logRefused({ ...request, host: request.headers.get("host") ?? "" }, error);
  }

  report(error: Error): void {
    this.#state.report(error);
  }
}

// One place where a proxy listens: its front, its certificates, and what is between the two and the socket.

import type { TlsOptions } from "node:tls";
import { invalidArgument, isRecord } from "../../protocol/index.js";
import {
  checkTlsOptions,
  describeAddress,
  Front,
  type FrontParts,
  type ServerAddress,
} from "../../server/index.js";
import type { BoundAddress, ListenAddress, ListenerLayer, TransportError } from "../../transport/index.js";
import { proxyProtocolProblem } from "../option-problems.js";
import type { Told } from "../words.js";
import type { CertificateOptions, ProxyTlsOptions } from "./certificate-options.js";
import type { ListeningDescriptor } from "./hand-over.js";
import { claimInheritedFile, type InheritedFile } from "./inherited-file.js";
import { ListenerCertificates } from "./listener-certificates.js";
import { type ProxyHeaderHost, ProxyHeaderListener } from "./proxy-header-listener.js";
import { type TlsFailure, tlsFailureOf } from "./tls-failure.js";

export interface ListeningParts<Admitted>
  extends Omit<FrontParts<Admitted>, "tls" | "layer" | "refused" | "hasToKnowPeers"> {
  readonly tls: ProxyTlsOptions | undefined;
  /** Every connection begins with a PROXY header, and this is asked about it. */
  readonly proxyHeaders: ProxyHeaderHost | undefined;
  /** It listens with TLS, at this address. */
  secured(listener: string): void;
  tlsFailed(failure: TlsFailure): void;
}

export class ListeningPoint<Admitted> {
  readonly #front: Front<Admitted>;
  readonly #certificates: ListenerCertificates | undefined;
  readonly #hasProxyHeaders: boolean;
  readonly #secured: (listener: string) => void;
  #bound: BoundAddress | undefined;
  #address: ServerAddress | undefined;
  /** Of a unix socket that was handed over, and that is nobody else's any more. */
  #file: InheritedFile | undefined;

  /** Throws `StateError` `INVALID_ARGUMENT`, and `TransportError` `UNSUPPORTED_TRANSPORT`. */
  constructor({ tls, proxyHeaders, ...parts }: ListeningParts<Admitted>) {
    const certificates = isRecord(tls) ? (tls as ProxyTlsOptions).certificates : undefined;
    this.#hasProxyHeaders = proxyHeaders !== undefined;
    this.#secured = parts.secured;
    this.#certificates = tls && certificates && new ListenerCertificates(tls);
    const options = certificates === undefined ? nodeOptions(tls) : this.#certificates?.use(certificates);
    const layer: ListenerLayer | undefined =
      proxyHeaders && ((sink, listen) => new ProxyHeaderListener(sink, listen, proxyHeaders));
    const refused = (error: TransportError, client?: string): void =>
      parts.tlsFailed(tlsFailureOf(error, this.#name, client));
    this.#front = new Front({ ...parts, tls: options, layer, refused, hasToKnowPeers: true });
  }

  get hasCertificates(): boolean {
    return this.#certificates !== undefined;
  }

  /** Why it cuts every connection, as far as it is known where it listens. */
  trustProblem(trustedProxies: readonly string[]): Told | undefined {
    if (!this.#hasProxyHeaders || this.#bound === undefined) return undefined;
    return proxyProtocolProblem("path" in this.#bound, trustedProxies);
  }

  get address(): ServerAddress | undefined {
    return this.#address;
  }

  /** What another process needs to go on here; undefined where there is nothing to give. */
  get descriptor(): ListeningDescriptor | undefined {
    const fd = this.#front.descriptor;
    return fd === undefined || this.#bound === undefined ? undefined : { fd, name: this.#name };
  }

  get #name(): string {
    return this.#bound === undefined ? "" : nameOfBound(this.#bound);
  }

  async listen(address: ListenAddress): Promise<ServerAddress> {
    this.#bound = await this.#front.listen(address);
    if ("fd" in address && "path" in this.#bound)
      this.#file = claimInheritedFile(address.fd, this.#bound.path);
    if (this.#front.isSecure) this.#secured(this.#name);
    this.#address = describeAddress(this.#bound, this.#front.isSecure);
    return this.#address;
  }

  /** Throws `StateError` `INVALID_ARGUMENT` for what cannot be used; then nothing has changed. */
  updateCertificates(certificates: readonly CertificateOptions[]): void {
    if (this.#certificates !== undefined) this.#front.setSecureContext(this.#certificates.use(certificates));
  }

  /** The settings of the proxy have changed. */
  reconfigure(): void {
    this.#front.reconfigure();
  }

  leave(): Promise<void> {
    this.#file = undefined;
    return this.#front.leave();
  }

  close(timeoutMs: number): Promise<void> {
    this.#file?.remove();
    return this.#front.close(timeoutMs);
  }
}

function nodeOptions(tls: ProxyTlsOptions | undefined): TlsOptions | undefined {
  checkTlsOptions(tls);
  return tls;
}

/** As it is asked for: "127.0.0.1:8080", "[::]:8080", or the path of a unix socket. */
export function nameOfBound(bound: BoundAddress): string {
  if ("path" in bound) return bound.path;
  return bound.isIPv6 ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}

/** Throws `StateError` `INVALID_ARGUMENT` unless it is absent or says whether. */
export function checkProxyProtocol(value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw invalidArgument("proxyProtocol takes true, for connections that begin with a PROXY header, or false");
}

// What is wrong with the listeners of a config beyond their shapes.

import { isRecord } from "../../../protocol/index.js";
import { listenerTlsMistakes, proxyProtocolProblem, tell } from "../../../proxy/index.js";
import type { ConfigReader } from "./config-reader.js";
import { type ConfigValue, certificateOf, type ListenerValue, type ListenValue } from "./config-values.js";
import { fileWords } from "./file-words.js";
import type { Place } from "./mistakes.js";

/** Notes what it finds. */
export function checkListeners(config: ConfigValue, reader: ConfigReader): void {
  const { trustedProxies = [] } = config;
  const isTrustKnown = !reader.isBroken(config, "trustedProxies");
  for (const { value, place } of listenEntries(config, reader)) {
    if (!isRecord(value)) continue;
    const listener = value as ListenerValue;
    const problem = proxyProtocolProblem(hasPath(listener, reader), trustedProxies);
    if (listener.proxyProtocol === true && isTrustKnown && problem !== undefined)
      reader.note(place, `proxyProtocol ${tell(problem, fileWords)}`);
    checkTls(listener, reader);
  }
}

function hasPath(listener: ListenerValue, reader: ConfigReader): boolean {
  return listener.path !== undefined || reader.isBroken(listener, "path");
}

/** The listeners of the file, as far as they could be read. */
export function listenEntries(
  config: ConfigValue,
  reader: ConfigReader,
): readonly { readonly value: ListenValue; readonly place: Place }[] {
  const { listen } = config;
  if (listen === undefined) return [];
  if (!Array.isArray(listen))
    return [{ value: listen as ListenValue, place: reader.placeOf(config, "listen") }];
  return reader
    .itemsOf(listen as readonly ListenValue[])
    .flatMap((value, index) =>
      value === undefined ? [] : [{ value, place: reader.placeOf(config, `listen[${index}]`) }],
    );
}

function checkTls(listener: ListenerValue, reader: ConfigReader): void {
  const { tls } = listener;
  if (tls?.certificates === undefined) return;
  const { certificates, ...others } = tls;
  const right = reader
    .itemsOf(certificates)
    .map((each) => (each === undefined || reader.isBroken(each) ? undefined : certificateOf(each)));
  const common = Object.entries(others).filter(([name]) => !reader.isBroken(tls, name));
  for (const mistake of listenerTlsMistakes(right, Object.fromEntries(common)))
    reader.noteIn(listener, mistake);
}

// What is wrong with the listeners of a config beyond their shapes.

import { isRecord } from "../../../protocol/index.js";
import { listenerTlsMistakes } from "../../../proxy/index.js";
import { cutsEverybody } from "../proxy-plan.js";
import type { ConfigReader } from "./config-reader.js";
import { type ConfigValue, certificateOf, type ListenerValue, listenersOf } from "./config-values.js";
import type { Place } from "./mistakes.js";

/** Notes what it finds. */
export function checkListeners(config: ConfigValue, reader: ConfigReader, folder: string): void {
  const { listen } = config;
  const isList = Array.isArray(listen);
  const given: readonly unknown[] = isList ? reader.itemsOf(listen) : [listen];
  const names = new Set<string>();
  for (const [index, each] of given.entries()) {
    const [listener] = each === undefined ? [] : listenersOf({ listen: each as ListenerValue }, folder);
    if (listener === undefined) continue;
    const { name, target } = listener;
    const place: Place = reader.placeOf(config, isList ? `listen[${index}]` : "listen");
    const isTrustKnown = !reader.isBroken(config, "trustedProxies");
    if (cutsEverybody(listener) && isTrustKnown && (config.trustedProxies ?? []).length === 0)
      reader.note(
        place,
        'proxyProtocol needs "trustedProxies", or every connection is cut; write "trustedProxies": ["10.0.0.0/8"]',
      );
    const isFree = "port" in target && target.port === 0;
    if (names.has(name) && !isFree) reader.note(place, `${name} stands here twice; leave one of them out`);
    names.add(name);
  }
  for (const listener of given.filter(isRecord) as ListenerValue[]) checkTls(listener, reader);
}

function checkTls(listener: ListenerValue, reader: ConfigReader): void {
  const { tls } = listener;
  if (tls?.certificates === undefined) return;
  const { certificates, ...others } = tls;
  const right = [...reader.itemsOf(certificates).entries()].flatMap(([index, each]) =>
    each === undefined || reader.isBroken(each) ? [] : [{ index, given: certificateOf(each) }],
  );
  if (right.length === 0) return;
  const common = Object.entries(others).filter(([name]) => !reader.isBroken(tls, name));
  const mistakes = listenerTlsMistakes({
    ...Object.fromEntries(common),
    certificates: right.map(({ given }) => given),
  });
  for (const { message } of mistakes) {
    const text = message.replace(/(?<=^tls\.certificates\[)\d+/, (index) =>
      String(right[Number(index)].index),
    );
    reader.noteIn(listener, text);
  }
}

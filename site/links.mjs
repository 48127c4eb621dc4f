// What the built site refers to, checked page by page: every link and its anchor lead to something, and nothing is fetched from
// anywhere else.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const siteFolder = fileURLToPath(new URL("dist", import.meta.url));

const decoded = (text) => text.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"');

function readPage(path) {
  const html = readFileSync(join(siteFolder, path), "utf8");
  return {
    path,
    ids: new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => decoded(id))),
    links: [...html.matchAll(/<a\s[^>]*?href="([^"]+)"/g)].map(([, to]) => decoded(to)),
    fetched: [...html.matchAll(/<(?:script|img|link|iframe|source)\s[^>]*?(?:src|href)="([^"]+)"/g)].map(
      ([, to]) => to,
    ),
  };
}

/** Every fault, as "page: target what is wrong". */
export function checkLinks() {
  const paths = readdirSync(siteFolder, { recursive: true }).filter((path) => path.endsWith(".html"));
  const pages = new Map(
    paths.map((path) => [path.replaceAll("\\", "/"), readPage(path.replaceAll("\\", "/"))]),
  );
  const faults = [];
  for (const { path, links, fetched } of pages.values()) {
    for (const target of fetched)
      if (/^(?:https?:)?\/\//.test(target)) faults.push(`${path}: ${target} is of another site`);
    for (const target of links) {
      const fault = faultOf(pages, path, target);
      if (fault !== undefined) faults.push(`${path}: ${target} ${fault}`);
    }
  }
  return [...new Set(faults)];
}

function faultOf(pages, from, target) {
  if (/^[a-z]+:/.test(target)) return target.startsWith("https:") ? undefined : "is not https";
  const [path, anchor] = target.split("#", 2);
  const joined =
    path === "" ? from : posix.join("/", path.startsWith("/") ? "" : posix.dirname(from), path).slice(1);
  const file = [joined, `${joined}.html`, posix.join(joined, "index.html")].find(
    (name) => existsSync(join(siteFolder, name)) && statSync(join(siteFolder, name)).isFile(),
  );
  if (file === undefined) return "does not exist";
  if (anchor === undefined || anchor === "" || !pages.has(file)) return undefined;
  return pages.get(file).ids.has(decodeURIComponent(anchor)) ? undefined : "has no such heading";
}

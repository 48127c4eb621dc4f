// The inspector as one page that needs nothing else: style, scripts and uPlot are in it, and the policy that goes with it lets
// nothing else run.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { HttpResponse } from "../../server/index.js";

/** Palette and page come before what is on it. */
const styles = [
  "palette.css",
  "page.css",
  "facts.css",
  "uplot-theme.css",
  "plots.css",
  "tables.css",
  "controls.css",
  "frames.css",
];
/** In the order in which they run. */
const scripts = ["dom.js", "numbers.js", "live.js", "rates.js", "tables.js", "frames.js", "main.js"];

let page: HttpResponse | undefined;

export function inspectorPage(): HttpResponse {
  page ??= buildPage();
  return page;
}

function buildPage(): HttpResponse {
  const style = ["uplot.css", ...styles].map(asset).join("");
  const plots = `/*\n${asset("uplot-license.txt")}\n*/\n${asset("uplot.js")}`;
  const script = joinModules(scripts.map(asset));
  const body = asset("inspector.html")
    .replace("<!-- style -->", () => `<style>${style}</style>`)
    .replace("<!-- scripts -->", () => `<script>${plots}</script>\n<script type="module">${script}</script>`);
  const policy = policyOf([plots, script], [style]);
  return { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy }, body };
}

/** One module of several, which share their names: what one imports, another before it has declared. */
export function joinModules(sources: readonly string[]): string {
  return sources
    .map((source) => source.replace(/^import\s[^;]*;\n/gm, "").replace(/^export /gm, ""))
    .join("\n");
}

/** What is in the page may run, by its hash (CSP Level 3), and nothing else. */
function policyOf(scriptTexts: readonly string[], styleTexts: readonly string[]): string {
  const hashes = (texts: readonly string[]): string =>
    texts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`).join(" ");
  return [
    "default-src 'none'",
    `script-src ${hashes(scriptTexts)}`,
    `style-src ${hashes(styleTexts)}`,
    "connect-src 'self'",
    // The empty icon, which keeps browsers from asking for one.
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** A file that the build has put beside this one. */
function asset(name: string): string {
  return readFileSync(new URL(`./page/${name}`, import.meta.url), "utf8");
}

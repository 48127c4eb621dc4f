// The pages of the site: those of docs/, which are written for a reader of the repository too, and some from elsewhere in it.
// They are copied to one folder, and links that leave it are made to fit.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const pagesFolder = fileURLToPath(new URL(".pages", import.meta.url));

/** Files of the repository that become pages beside those of docs/. */
const furtherPages = {
  "ARCHITECTURE.md": "project/architecture.md",
  "CHANGELOG.md": "project/changelog.md",
  "CONTRIBUTING.md": "project/contributing.md",
  "SECURITY.md": "project/reporting.md",
  "bench/results.md": "project/results.md",
};

/** Files of the repository by the page that they become. */
function pageMap() {
  const docs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  return new Map([...docs.map((name) => [`docs/${name}`, name]), ...Object.entries(furtherPages)]);
}

/** The text with each link outside of code made by `change`, which gets its words and its target. */
function withLinks(text, change) {
  let isCode = false;
  return text
    .split("\n")
    .map((line) => {
      if (line.startsWith("```")) isCode = !isCode;
      return isCode
        ? line
        : line.replace(/(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g, (_, words, to) => change(words, to));
    })
    .join("\n");
}

/** A link of the site in place of one of the repository; what is no page of the site keeps its words only. */
function linkFor(pages, file, words, target) {
  if (/^(?:https?:|#)/.test(target)) return `[${words}](${target})`;
  const [path, anchor] = target.split("#", 2);
  const page = pages.get(posix.join(dirname(file), path));
  if (page === undefined) return words.startsWith("`") ? words : `\`${words}\``;
  const from = dirname(pages.get(file));
  const relative = posix.relative(from, page);
  return `[${words}](${relative.startsWith(".") ? relative : `./${relative}`}${anchor === undefined ? "" : `#${anchor}`})`;
}

/** Fills the folder of pages anew. */
export function assemblePages() {
  rmSync(pagesFolder, { recursive: true, force: true });
  const pages = pageMap();
  for (const [file, page] of pages) {
    // Vite takes a path for one of a package unless it begins with a dot.
    const text = readFileSync(join(root, file), "utf8").replaceAll('src="images/', 'src="./images/');
    const target = join(pagesFolder, page);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(
      target,
      withLinks(text, (words, to) => linkFor(pages, file, words, to)),
    );
  }
  const site = fileURLToPath(new URL(".", import.meta.url));
  cpSync(join(root, "docs/images"), join(pagesFolder, "images"), { recursive: true });
  cpSync(join(root, "bench/results.svg"), join(pagesFolder, "project/results.svg"));
  cpSync(join(site, "home.md"), join(pagesFolder, "index.md"));
  cpSync(join(site, "public"), join(pagesFolder, "public"), { recursive: true });
}

// node site/build.mjs
//
// Assembles the pages, makes the reference and builds the site to site/dist. A link that leads nowhere fails it.

import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { checkLinks } from "./links.mjs";
import { assemblePages } from "./pages.mjs";
import { makeReference } from "./reference.mjs";

assemblePages();
await makeReference();
try {
  await build(fileURLToPath(new URL(".", import.meta.url)));
  const faults = checkLinks();
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
} catch (error) {
  // The rest of it is a list of every page.
  console.error(error.message);
  process.exitCode = 1;
}

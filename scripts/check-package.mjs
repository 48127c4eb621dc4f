// node scripts/check-package.mjs
//
// publint's judgement of what is published: of the package, and of the one named `ws` that it carries. Prints one line per
// finding and exits with 1 if there is one.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = fileURLToPath(new URL("..", import.meta.url));
const carried = "compat/ws";
const judged = [
  { folder: ".", strict: true },
  // It has what old bundlers look for beside what new ones do, which publint would rather see gone.
  { folder: carried, level: "warning" },
];

/** The package that is carried is copied out before it is used, and there its own fields count. */
function isOfCarried({ code, args }) {
  return code === "NESTED_PACKAGE_JSON_FIELD_IGNORED" && args.filePath === `./${carried}/package.json`;
}

/**
 * What a bundler takes for `require` has to hand out the class itself, which not all of them make of an ES module. It asks for one,
 * so that there are no two classes in a bundle.
 */
function isForRequireInBundles({ code, path = [] }) {
  return code === "EXPORTS_MODULE_SHOULD_BE_ESM" && path.at(-1) === "module";
}

let findings = 0;
for (const { folder, ...options } of judged) {
  const { messages, pkg } = await publint({ pkgDir: join(root, folder), ...options });
  for (const message of messages.filter((each) => !isOfCarried(each) && !isForRequireInBundles(each))) {
    console.log(`${folder}: ${formatMessage(message, pkg)}`);
    findings++;
  }
}
process.exitCode = findings === 0 ? 0 : 1;

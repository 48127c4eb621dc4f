import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findProjectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.url}`);
    folder = parent;
  }
  return folder;
}

/** The folder of package.json. Compiled tests run from `build/test`, their fixtures stay in `test`. */
export const projectRoot = findProjectRoot();

/** The absolute path of a file or folder named from the project's root: `projectPath("test/vectors")`. */
export function projectPath(...segments: string[]): string {
  return join(projectRoot, ...segments);
}

// Our module is a module of ws, as @types/ws describes it, without a cast: that this compiles is the test.

import * as ours from "#src/ws.js";
import type { TypedModule } from "./typed-use.js";

/** For programs that were typed for ws. */
export const typed: TypedModule = ours;

/** The default export, which `require` answers too. */
export const typedClass: TypedModule["default"] = ours.default;

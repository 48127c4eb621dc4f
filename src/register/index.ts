export { installed } from "./installation.js";

// Imported for what it does: it fills in the globals of a browser that Node.js does not have.

export { installed } from "./register/index.js";

export * from "./deflate/index.js";
export * from "./endpoint/index.js";
export * from "./handshake/index.js";
export * from "./protocol/index.js";

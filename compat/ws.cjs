// What `require("sluice/ws")` loads. An ES module is nothing for the `require` of a test runner such as Jest; Node's own takes it,
// so that one loads it, whoever asks.
const { createRequire } = process.getBuiltinModule("node:module");
module.exports = createRequire(__filename)("../dist/ws.js");

// What a bundler puts in for `require("sluice/ws")`: it takes ES modules with the rest, and has to see which. `compat/ws.cjs` would
// look for them beside the bundle.
module.exports = require("../dist/ws.js").WebSocket;

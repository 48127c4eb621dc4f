// What `require("sluice/ws")` loads. An ES module is nothing for the `require` of a test runner such as Jest; Node's own takes it.
// The runner's is asked first all the same: a tool that collects the files of a deployment sees what that is asked for, and no more.
function load() {
  try {
    return require("../dist/ws.js");
  } catch {
    return process.getBuiltinModule("node:module").createRequire(__filename)("../dist/ws.js");
  }
}

module.exports = load().WebSocket;

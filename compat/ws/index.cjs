// The `require` of a test runner may know no `exports` of a package, as Jest's before version 28; Node's own does. The runner's is
// asked first all the same: a tool that collects the files of a deployment sees what that is asked for, and no more.
function load() {
  try {
    return require("sluice/ws");
  } catch {
    return process.getBuiltinModule("node:module").createRequire(__filename)("sluice/ws");
  }
}

module.exports = load();

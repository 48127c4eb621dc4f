// Found by Node's own `require`: that of a test runner may know no `exports`, as Jest's before version 28.
const { createRequire } = process.getBuiltinModule("node:module");
module.exports = createRequire(__filename)("sluice/ws");

module.exports = require("sluice/ws");

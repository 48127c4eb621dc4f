export { connectInMemory, type InMemoryOptions } from "./testing/index.js";

export { currentScope, nobody } from "./async-scope.js";
export { bufferEngine, trustingBufferEngine } from "./buffer-engine.js";
export { type Clock, systemClock, type Timer } from "./clock.js";
export { nodeEngine, unclearedBytes } from "./node-engine.js";
export { nextMaskKey, randomBlock } from "./random.js";
export { sha1 } from "./sha1.js";
export { lendSharedMemory, sharedMemory, sharedReadBuffer } from "./shared-memory.js";
export { systemTurns, type TurnScheduler, type TurnTask, turnEnd } from "./turn.js";
export { zlibEngine } from "./zlib-engine.js";

import * as ws from "ws";
import * as ours from "#src/ws.js";
import { testStreams } from "./stream-suite.js";

const { WebSocket, WebSocketServer } = ws;

testStreams({ name: "ws", WebSocket, WebSocketServer, createWebSocketStream: ws.createWebSocketStream });
testStreams({
  name: "our stream over the WebSocket of ws",
  WebSocket,
  WebSocketServer,
  createWebSocketStream: (socket, options) => ours.createWebSocketStream(socket as never, options),
});
testStreams({
  name: "sluice/ws",
  WebSocket: ours.WebSocket as unknown as typeof WebSocket,
  WebSocketServer: ours.WebSocketServer as unknown as typeof WebSocketServer,
  createWebSocketStream: (socket, options) => ours.createWebSocketStream(socket as never, options),
});

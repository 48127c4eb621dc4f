// The same server on Deno. It has no topics: a broadcast is a loop.
import { peerArguments } from "./peer-arguments.mjs";

const { port, isBroadcast } = peerArguments();
const sockets = new Set();

globalThis.Deno.serve(
  { hostname: "127.0.0.1", port, onListen: (at) => console.log(`listening ${at.port}`) },
  (request) => {
    const { socket, response } = globalThis.Deno.upgradeWebSocket(request);
    socket.onopen = () => sockets.add(socket);
    socket.onclose = () => sockets.delete(socket);
    socket.onmessage = ({ data }) => {
      if (!isBroadcast) socket.send(data);
      else for (const each of sockets) each.send(data);
    };
    return response;
  },
);

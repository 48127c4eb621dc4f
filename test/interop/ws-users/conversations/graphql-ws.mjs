// graphql-ws, server and client: queries, subscriptions to their end and given up, errors, a forbidden connection.

import { once } from "node:events";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { createClient } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import * as ws from "ws";

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      hello: { type: GraphQLString, resolve: () => "world" },
      fails: {
        type: GraphQLString,
        resolve: () => {
          throw new Error("on purpose");
        },
      },
    },
  }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: {
      greetings: {
        type: GraphQLString,
        async *subscribe() {
          for (const greeting of ["hi", "bonjour", "hola"]) yield { greetings: greeting };
        },
      },
    },
  }),
});

export async function converse(log) {
  const server = new ws.WebSocketServer({ port: 0, host: "127.0.0.1", path: "/graphql" });
  await once(server, "listening");
  const disposable = useServer(
    {
      schema,
      onConnect: ({ connectionParams }) => connectionParams?.secret !== "wrong",
      onDisconnect: (_, code, reason) => log("server", "disconnect", code, reason),
    },
    server,
  );
  const url = `ws://127.0.0.1:${server.address().port}/graphql`;
  const client = createClient({ url, webSocketImpl: ws.WebSocket, retryAttempts: 0 });
  for (const query of ["{ hello }", "{ fails }", "{ nothing }", "subscription { greetings }"]) {
    try {
      for await (const result of client.iterate({ query })) log("client", "result", result);
    } catch (error) {
      log("client", "error", error.message ?? error[0]?.message);
    }
  }
  await client.dispose();
  const forbidden = createClient({
    url,
    webSocketImpl: ws.WebSocket,
    retryAttempts: 0,
    connectionParams: { secret: "wrong" },
  });
  try {
    for await (const result of forbidden.iterate({ query: "{ hello }" })) log("forbidden", "result", result);
  } catch ({ code, reason, wasClean }) {
    log("forbidden", "closed", code, reason, wasClean);
  }
  await disposable.dispose();
}

/** Totals of one or many connections. */
export interface Traffic {
  messagesReceived: number;
  messagesSent: number;
  /** Messages that `send` or `publish` dropped, with pings and pongs that were not sent. */
  messagesDropped: number;
  pingsReceived: number;
  pongsReceived: number;
  /** Connections that ended because the peer broke a rule or a limit. */
  peerErrors: number;
  /** Exceptions in handlers. */
  handlerErrors: number;
}

export function createTraffic(): Traffic {
  return {
    messagesReceived: 0,
    messagesSent: 0,
    messagesDropped: 0,
    pingsReceived: 0,
    pongsReceived: 0,
    peerErrors: 0,
    handlerErrors: 0,
  };
}

// `sluice bench --help`.

export const benchHelp = `Usage: sluice bench URL [FLAGS]

Puts a WebSocket server under load and says how it did: throughput, latencies, errors. The server has to answer each
message by one message, as an echo does; answers are matched to messages in their order, on each connection for itself.

The load:
  --connections N      how many, default 50; one that is lost is not replaced
  --ramp SECONDS       open them evenly over this time, default 0; messages begin when all have been opened
  --in-flight N        closed loop: on each connection N messages wait for their answer, default 1; one that is answered
                       makes room for the next
  --rate N             open loop: N messages per second of all connections together, by the clock. The latency counts from
                       the moment at which a message was due, and not from when it could be sent: so a stall is charged to
                       all that had to wait for it, and not hidden by "coordinated omission", as a closed loop does, which
                       sends nothing while it waits
  --no-echo            expect no answers: send as fast as it goes, or at --rate
  --receive            send nothing: count what the server sends
  --duration SECONDS   measure for this time, default 10
  --messages N         measure until N messages have been answered (--no-echo: sent; --receive: received)
  --warmup SECONDS     load before it is measured, default 0
  --timeout SECONDS    for a connection to open and for an answer to come, default 10; a connection whose answer does not
                       come is given up

The message:
  --size BYTES         letters and digits, default 64
  --message TEXT       this text
  --message-file FILE  what the file holds
  --binary             as a binary message
  --no-verify          answers may have any length; else one of another length than the message is an error

The connection:
  --subprotocol NAME   offer it; may be given several times
  -H, --header LINE    a header of the request, as in "Name: value"; may be given several times
  --origin URL         the Origin header
  --compression        offer permessage-deflate
  --insecure           take any certificate
  --ca FILE            trust this authority
  --cert FILE, --key FILE
                       the client's certificate and its key
  --transport NAME     auto, node or uring, default auto
  --socket-path PATH   connect to a unix socket

The result:
  --json               one JSON object instead of the table
  --html FILE          write a report with plots as well, in one file that needs no network
  --progress           a line each second on stderr also when that is no terminal
  --fail-on-error      any error makes the exit code 1
  -h, --help           show this

The first Ctrl-C ends a run early, with its result; the second one at once. What every field of the JSON means, and how to
measure honestly, is in docs/benchmarking.md.

Exit codes: 0 it was measured, 1 there was nothing to measure, or an error with --fail-on-error, 2 it was called wrongly,
130 it was interrupted.

Examples:
  sluice bench ws://localhost:8080
  sluice bench ws://localhost:8080 --connections 200 --ramp 2 --rate 1000 --duration 5 --html report.html
  sluice bench ws://localhost:8080 --in-flight 8 --size 1024 --binary --messages 10000 --json
  sluice bench ws://localhost:8080 --no-echo --connections 4 --warmup 1 --duration 3
`;

// The server of `ws`, with its native helpers.
import * as ws from "ws";
import { serve } from "./ws-server.mjs";

serve(ws);

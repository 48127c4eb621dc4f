// The same program over our drop-in for `ws`.
import * as ws from "../dist/ws.js";
import { serve } from "./ws-server.mjs";

serve(ws);

// The other scripts listen by now.

import { openLive } from "./live.js";

openLive();

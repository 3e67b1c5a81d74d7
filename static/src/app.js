import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";
import { startAgo } from "./ago.js";
import { registerComponents } from "./components.js";
import { startConfirm } from "./confirm.js";
import { startKeep } from "./keep.js";
import { startLive } from "./live.js";
import { startShortcuts } from "./shortcuts.js";
import { startTheme } from "./themes.js";

registerComponents(Alpine);
Alpine.start();
startTheme();
startConfirm();
startShortcuts();
startAgo();
startKeep();
startLive(htmx);

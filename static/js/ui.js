// What every page can do: dialogs, forms that are sent once, 大字, 念给我听, signatures, time left, 快速离开, tabs.
// Pages import what they need from here; markup with data attributes needs no script of its own.

import { wireDialogs } from "./ui/dialog.js";
import { wireElder } from "./ui/elder.js";
import { wireForms } from "./ui/forms.js";
import { wireQuickExit } from "./ui/quick_exit.js";
import { wireReadAloud } from "./ui/read_aloud.js";
import { wirePads } from "./ui/signature.js";
import { wireTabs } from "./ui/tabs.js";
import { wireTimeLeft } from "./ui/time_left.js";

export { openDialog } from "./ui/dialog.js";
export { setLevel } from "./ui/level.js";
export { leaveQuickly } from "./ui/quick_exit.js";
export { readAloud } from "./ui/read_aloud.js";

wireElder();
wireForms();
wireDialogs();
wirePads();
wireQuickExit();
wireReadAloud();
wireTabs();
wireTimeLeft();

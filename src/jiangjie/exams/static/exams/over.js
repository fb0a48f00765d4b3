// The last page: nothing of the candidate's page stays on the machine.
"use strict";

globalThis.caches?.delete("jiangjie-exam-page");

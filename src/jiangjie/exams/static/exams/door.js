// Safe Exam Browser on macOS and iOS tells its key to the page instead of sending a header.
"use strict";

const inBrowser = globalThis.SafeExamBrowser?.security;
inBrowser?.updateKeys?.(() => {
  document.querySelector("[name=browser_key]").value = inBrowser.configKey || "";
});

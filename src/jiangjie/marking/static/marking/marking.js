// Marking by keyboard. Every page works without this file.
"use strict";

(() => {
  const typed = document.getElementById("typed-points");
  const part = (name) => document.querySelector(`[data-marking=${name}]`);
  if (!typed) return;

  // One answer, one mark: a second press while the page goes on does nothing.
  let isSent = false;
  for (const form of document.querySelectorAll("form[data-marking]")) {
    form.addEventListener("submit", (event) => {
      if (isSent) event.preventDefault();
      isSent = true;
    });
  }
  window.addEventListener("pageshow", () => { isSent = false; });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isInField = event.target.matches("input, textarea, select");
    if (/^[0-9.]$/.test(event.key) && !isInField) {
      typed.focus(); // the digit falls into the field
      typed.select();
    } else if (event.key.toLowerCase() === "u" && !isInField) {
      part("undo")?.requestSubmit();
    } else if (event.key === "ArrowLeft" && !isInField) {
      part("previous")?.click();
    } else if (event.key === "Escape" && event.target === typed) {
      typed.value = "";
      typed.blur();
    }
  });
})();

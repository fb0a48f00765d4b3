// Improvements only: the grid of scores is saved and filled from a pasted column without this file.
"use strict";

const cells = () => [...document.querySelectorAll("input[data-cell]")];

// Enter goes down, as in a worksheet, instead of sending the form.
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("input[data-cell]")) return;
  const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = cells();
  const next = all[all.indexOf(event.target) + step];
  if (next) {
    next.focus();
    next.select();
  }
});

// A column pasted into a cell fills this cell and those below it.
document.addEventListener("paste", (event) => {
  if (!event.target.matches?.("input[data-cell]")) return;
  const lines = event.clipboardData.getData("text").replace(/[\r\n]+$/, "").split(/\r?\n/);
  if (lines.length < 2) return;
  event.preventDefault();
  const all = cells();
  const start = all.indexOf(event.target);
  lines.forEach((line, place) => {
    const cell = all[start + place];
    if (cell) cell.value = line.split("\t").pop().trim();
  });
});

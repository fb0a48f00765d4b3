// "Select all on this page": a convenience; without it each box is ticked by hand.
for (const all of document.querySelectorAll("[data-choose-all]")) {
  const boxes = [...all.closest("form").querySelectorAll('input[name="chosen"]')];
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
  for (const box of boxes) {
    box.addEventListener("change", () => { all.checked = boxes.every((each) => each.checked); });
  }
}

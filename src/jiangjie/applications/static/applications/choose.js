// "Select all on this page": a convenience; without it each box is ticked by hand.
for (const all of document.querySelectorAll("[data-choose-all]")) {
  const form = all.closest("form");
  const boxes = () => form.querySelectorAll('input[name="case"]');
  all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
  form.addEventListener("change", () => {
    const found = [...boxes()];
    all.checked = found.length > 0 && found.every((box) => box.checked);
  });
}

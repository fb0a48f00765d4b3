// Improvements only: every page works without this file.
"use strict";

// The answer to a form that was sent in place may be a whole page (the form again, with its
// errors): then it replaces the page instead of filling the refusal's place.
document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = event.detail;
  if (/^\s*<!doctype/i.test(detail.serverResponse || "")) {
    detail.target = document.body;
    detail.swapOverride = "innerHTML show:window:top";
    detail.shouldSwap = true;
  }
});

// A network or server failure is told where a refusal would stand.
function tellFailure(event) {
  const place = event.detail.elt.querySelector?.(".refusal");
  const text = document.getElementById("failed");
  if (place && text) place.replaceChildren(text.content.cloneNode(true));
}
document.addEventListener("htmx:sendError", tellFailure);
document.addEventListener("htmx:responseError", tellFailure);

// The last refusal goes when the deed is tried again; its buttons rest while it is under way.
document.addEventListener("htmx:beforeRequest", (event) => {
  event.detail.elt.querySelector?.(".refusal")?.replaceChildren();
  setBusy(event.detail.elt, true);
});
document.addEventListener("htmx:afterRequest", (event) => setBusy(event.detail.elt, false));
function setBusy(form, busy) {
  if (!(form instanceof HTMLFormElement)) return;
  form.setAttribute("aria-busy", String(busy));
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = busy;
}

// A question before a deed, in the page's own dialog.
document.addEventListener("htmx:confirm", (event) => {
  const dialog = document.getElementById("ask");
  if (!event.detail.question || !dialog?.showModal) return;
  event.preventDefault();
  document.getElementById("ask-text").textContent = event.detail.question;
  dialog.returnValue = "no";
  dialog.addEventListener(
    "close",
    () => dialog.returnValue === "yes" && event.detail.issueRequest(true),
    { once: true },
  );
  dialog.showModal();
});

// Menus close when the reader turns to something else.
const MENUS = "details.menu[open], details.more[open], details.mark[open]";
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(MENUS)) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(MENUS)) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// The demonstration's log-in page fills in an account at one touch; buttons marked data-print print.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-username]");
  if (button) {
    const form = document.getElementById("login");
    form.elements.login.value = button.dataset.username;
    form.elements.password.value = button.dataset.password;
    form.requestSubmit();
  }
  if (event.target.closest("[data-print]")) window.print();
});

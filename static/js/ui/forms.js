// Forms: sent once, refused ones show what to do first, buttons that can't act yet do nothing.

export function wireForms() {
  document.addEventListener("submit", sendOnce);
  document.addEventListener("click", stopWaiting, true);
  // Coming back by the back button shows the page as it was left: with its button switched off.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
    }
  });
  // The secret of a personal link is in the fragment; it has to survive the change of language.
  for (const form of document.querySelectorAll("form[data-keep-fragment]")) {
    form.addEventListener("submit", () => {
      form.action = new URL(form.action).pathname + location.hash;
    });
  }
  document.querySelector("[data-summary]")?.focus();
}

function sendOnce(event) {
  const form = event.target;
  if (!("once" in form.dataset) || event.defaultPrevented) return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
}

function stopWaiting(event) {
  if (event.target.closest("button[aria-disabled=true]")) {
    event.preventDefault();
    event.stopPropagation();
  }
}

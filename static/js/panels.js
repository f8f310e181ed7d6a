// Agreement and minutes beside the faces: links and forms of a panel stay in the panel. What is refused comes back as the
// panel with everything that was written; what is accepted leads to the panel as it is now.

const headers = { Accept: "text/html" };

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-panel] a[data-panel-link]");
  if (!link) return;
  event.preventDefault();
  show(link.closest("[data-panel]"), fetch(link.href, { headers }));
});

document.addEventListener("submit", (event) => {
  const panel = event.target.closest("[data-panel]");
  if (!panel || event.defaultPrevented || event.target.matches("[data-minutes-part]")) return;
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  show(panel, fetch(form.action, { method: "POST", headers, body })).catch(() => delete form.dataset.sent);
});

async function show(panel, asked) {
  const response = await asked;
  if (!response.headers.get("Content-Type")?.startsWith("text/html")) return;
  panel.innerHTML = await response.text();
  panel.dispatchEvent(new Event("panel-loaded", { bubbles: true }));
  panel.querySelector("[data-summary], form .input")?.focus();
}

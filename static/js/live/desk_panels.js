// Agreement and minutes beside the faces: fragments of their own pages, loaded when the room opens and after changes.

/** Load every panel now, and the agreement's again when it changes and nobody is writing in it. */
export function wirePanels() {
  for (const panel of document.querySelectorAll("[data-panel]")) load(panel);
  document.addEventListener("agreement-changed", () => {
    const panel = document.getElementById("panel-agreement");
    // An open form holds words that are not saved yet.
    if (!panel.contains(document.activeElement) && !panel.querySelector("form.form")) load(panel);
  });
}

async function load(panel) {
  const response = await fetch(panel.dataset.panel, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  panel.innerHTML = await response.text();
  panel.dispatchEvent(new Event("panel-loaded", { bubbles: true }));
}

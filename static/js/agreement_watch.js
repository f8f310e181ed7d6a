// The agreement on a phone stays the one that is signed: when it changes, the page shows the new one, unless somebody is
// just drawing or typing, who is told instead.

import "./ui.js";

const EVERY_MS = 4_000;
const state = document.querySelector("[data-agreement]");

async function look() {
  if (document.hidden) return;
  const response = await fetch(state.dataset.agreement, { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const { fingerprint } = await response.json();
  if (fingerprint === state.dataset.fingerprint) return;
  if (busy()) document.querySelector("[data-agreement-changed]").hidden = false;
  else location.reload();
}

function busy() {
  const fields = document.querySelectorAll("main input:not([type=hidden]):not([type=checkbox]), [data-pad-strokes]");
  return [...fields].some((field) => field.value);
}

if (state) {
  setInterval(() => look().catch(() => {}), EVERY_MS);
  document.addEventListener("visibilitychange", () => look().catch(() => {}));
}

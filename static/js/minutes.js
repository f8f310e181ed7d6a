// Minutes are saved by themselves while somebody types. What could not be saved stays in the box and is sent again; what
// somebody else wrote meanwhile is shown beside it, and nothing is overwritten without a click.

import { _ } from "./strings.js";

const PAUSE_MS = 900;
const AGAIN_MS = 4_000;
const waiting = new WeakMap();

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-minutes-part]");
  if (form) later(form, PAUSE_MS);
});
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("[data-minutes-part]");
  if (form && waiting.has(form)) save(form);
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-minutes-part]");
  if (!form) return;
  event.preventDefault();
  save(form);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-minutes-keep]");
  if (button) settle(button.closest("[data-minutes-part]"), button.dataset.minutesKeep);
});
window.addEventListener("beforeunload", (event) => {
  const open = [...document.querySelectorAll("[data-minutes-part]")].some((form) => waiting.has(form));
  if (open) event.preventDefault();
});

function later(form, pause) {
  clearTimeout(waiting.get(form));
  tell(form, _("Not saved yet"));
  waiting.set(form, setTimeout(() => save(form), pause));
}

async function save(form) {
  clearTimeout(waiting.get(form));
  if (!form.isConnected || form.dataset.saving || !there(form).hidden) return;
  form.dataset.saving = "1";
  const text = form.elements.text.value;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ version: Number(form.elements.version.value), text }),
    });
    delete form.dataset.saving;
    await answered(form, text, response.status, await response.json());
  } catch {
    delete form.dataset.saving;
    later(form, AGAIN_MS);
    tell(form, _("Not saved. What you wrote is kept here and is sent again."));
  }
}

async function answered(form, text, status, body) {
  if (status === 200) {
    form.elements.version.value = body.version;
    if (form.elements.text.value !== text) return later(form, PAUSE_MS);
    waiting.delete(form);
    return tell(form, _("Saved"));
  }
  if (body.there && body.error.code === "minutes_changed") {
    form.elements.version.value = body.there.version;
    there(form).hidden = false;
    form.querySelector("[data-minutes-text]").textContent = body.there.text;
  }
  return tell(form, body.error.message);
}

function settle(form, keep) {
  const theirs = form.querySelector("[data-minutes-text]").textContent;
  const box = form.elements.text;
  if (keep === "theirs") box.value = theirs;
  if (keep === "both") box.value = `${theirs}\n\n${box.value}`;
  there(form).hidden = true;
  save(form);
}

function there(form) {
  return form.querySelector("[data-minutes-there]");
}

function tell(form, words) {
  form.querySelector("[data-minutes-state]").textContent = words;
}

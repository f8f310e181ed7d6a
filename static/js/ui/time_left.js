// "in 45 minutes", kept true while the page is open. Words come from the page, in the reader's language.

const EVERY_MS = 15_000;

export function wireTimeLeft() {
  const elements = document.querySelectorAll("[data-until]");
  if (!elements.length) return;
  const tell = () => elements.forEach(tellOne);
  tell();
  setInterval(tell, EVERY_MS);
}

function tellOne(element) {
  const { until, minutes, hours, now } = element.dataset;
  const left = Math.ceil((Date.parse(until) - Date.now()) / 60_000);
  if (left <= 0) element.textContent = now;
  else if (left < 120) element.textContent = minutes.replace("{n}", left);
  else element.textContent = hours.replace("{n}", Math.round(left / 60));
}

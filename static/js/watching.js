// The live page looks again every few seconds. What has not changed is not touched; the focus stays where it was.

const EVERY = 5_000;
const panel = document.querySelector("[data-watch]");
const status = document.querySelector("[data-summary-status]");
let shown = panel.innerHTML;

async function look() {
  if (document.hidden) return;
  const response = await fetch(panel.dataset.watch, { headers: { Accept: "text/html" } });
  if (response.redirected || response.status === 401) return location.reload(); // signed out: to the login
  if (!response.ok) return;
  const text = await response.text();
  if (text === shown) return;
  const focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
  panel.innerHTML = shown = text;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const { summary } = panel.querySelector("[data-summary]").dataset;
  if (status.textContent !== summary) status.textContent = summary;
}

async function lookAgainAndAgain() {
  await look().catch(() => {}); // the server is away; the next look comes soon
  setTimeout(lookAgainAndAgain, EVERY);
}
setTimeout(lookAgainAndAgain, EVERY);

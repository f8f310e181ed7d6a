// The live page looks again every few seconds. Only what has changed is touched: mostly the graphs, so that focus and
// reading place stay where they are.

const EVERY = 5_000;
const panel = document.querySelector("[data-watch]");
const status = document.querySelector("[data-summary-status]");

async function look() {
  if (document.hidden) return;
  const response = await fetch(panel.dataset.watch, { headers: { Accept: "text/html" } });
  if (response.redirected || response.status === 401) return location.reload(); // signed out: to the login
  if (!response.ok) return;
  const seen = document.createElement("div");
  seen.innerHTML = await response.text();
  if (withoutGraphs(seen) === withoutGraphs(panel)) showGraphs(seen);
  else showAll(seen);
  const { summary } = panel.querySelector("[data-summary]").dataset;
  if (status.textContent !== summary) status.textContent = summary;
}

function withoutGraphs(element) {
  const copy = element.cloneNode(true);
  for (const figure of copy.querySelectorAll("figure")) figure.replaceChildren();
  for (const form of copy.querySelectorAll("form")) form.replaceChildren(); // a clicked button is disabled
  return copy.innerHTML.replace(/ data-sent="[^"]*"/g, "").trim();
}

function showGraphs(seen) {
  const figures = [...seen.querySelectorAll("figure")];
  panel.querySelectorAll("figure").forEach((figure, number) => figure.replaceChildren(...figures[number].childNodes));
}

function showAll(seen) {
  const focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
  panel.replaceChildren(...seen.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function lookAgainAndAgain() {
  await look().catch(() => {}); // the server is away; the next look comes soon
  setTimeout(lookAgainAndAgain, EVERY);
}
setTimeout(lookAgainAndAgain, EVERY);

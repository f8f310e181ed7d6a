// The booking page without reloading: other people or another length bring other times; another time shows who is free then.
// The form works without this file: "See who is free then" asks the server for the whole page.
const form = document.getElementById("booking");
const CHANGES_TIMES = /^(expect\.|minutes$|mode$)/;
let latest = 0;

const entered = () => {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("once");
  return fields;
};

async function ask(url, accept) {
  const turn = ++latest;
  const answer = await fetch(url, { headers: { Accept: accept } });
  const body = answer.ok ? await (accept === "text/html" ? answer.text() : answer.json()) : null;
  return turn === latest ? body : null; // an answer that was overtaken by a later question is old
}

async function otherTimes() {
  const html = await ask(`?${entered()}`, "text/html");
  if (!html) return;
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("times");
  document.getElementById("times").replaceChildren(...fresh.childNodes);
  hideLook();
}

async function otherDay() {
  const found = await ask(`${form.dataset.freeBusy}?${entered()}`, "application/json");
  if (!found) return;
  const strip = document.getElementById("strip");
  strip.querySelector("h3").textContent = found.title;
  strip.querySelectorAll(".freebusy-tracks svg:not(.chosen)").forEach((track, row) => {
    const { free = [], words = "" } = found.people[row] ?? {};
    track.replaceChildren(...free.map((span) => bar(span, found.first, 20)));
    const said = strip.querySelectorAll(".freebusy-names li")[row]?.querySelector(".visually-hidden");
    if (said) said.textContent = words;
  });
  drawChosen(strip.querySelector(".freebusy-tracks"), found);
  say("taken", found.not_free);
  say("not-told", found.not_told);
}

function say(id, words) {
  const place = document.getElementById(id);
  place.textContent = words;
  place.className = words ? "notice mind" : "";
}

function drawChosen(tracks, { chosen, first, last }) {
  tracks.querySelector("svg.chosen")?.remove();
  if (!chosen) return;
  const frame = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  frame.setAttribute("class", "chosen");
  frame.setAttribute("viewBox", `0 0 ${last - first} 100`);
  frame.setAttribute("preserveAspectRatio", "none");
  frame.append(bar(chosen, first, 100));
  tracks.append(frame);
}

function bar([from, to], first, height) {
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const place = { x: from - first, y: 0, width: to - from, height };
  for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
  return rect;
}

function hideLook() {
  document.querySelector("[data-look]")?.setAttribute("hidden", "");
}

// Whoever types a day or a time means "another time".
form.addEventListener("input", ({ target }) => {
  if (target.name !== "day" && target.name !== "clock") return;
  form.querySelector("input[name=slot][value=own]").checked = true;
});
form.addEventListener("change", ({ target }) => {
  if (CHANGES_TIMES.test(target.name)) otherTimes();
  else if (["slot", "day", "clock"].includes(target.name)) otherDay();
});
hideLook();

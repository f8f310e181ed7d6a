// A judge between hearings leaves this page open: it shows new questions by itself, unless something is being written.
// Where nothing is new it stays as it is, so that a keyboard or a screen reader keeps its place.

const EVERY = 10_000;
const PAGE = "/consultations";

async function look() {
  const writing = [...document.querySelectorAll("textarea")].some((box) => box.value !== box.defaultValue);
  if (writing || document.hidden || document.querySelector("dialog[open]")) return;
  const response = await fetch(PAGE, { headers: { Accept: "text/html" } });
  const now = response.ok && !response.redirected && questions(await response.text());
  known ??= now;
  if (now !== known) location.assign(PAGE); // also when the login has ended; not a reload, which would send a refused form again
}

function questions(page) {
  return new DOMParser().parseFromString(page, "text/html").querySelector("main").innerHTML;
}

let known = null;
look().catch(() => {});
setInterval(() => look().catch(() => {}), EVERY);

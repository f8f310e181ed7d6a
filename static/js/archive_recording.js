// Plays everybody of a recording in step: one clock, and each film is kept at its place in time.

const pieces = JSON.parse(document.getElementById("timeline").textContent);
const byId = (id) => document.getElementById(id);
const TOLERANCE = 0.2; // seconds that a film may be off before it is set right
const films = pieces.map(makeFilm);
const length = Math.max(0, ...pieces.map((piece) => piece.offset + piece.duration)); // milliseconds
let at = 0; // milliseconds since the recording began
let playing = false;
let last = performance.now();

function makeFilm(piece) {
  const video = document.createElement("video");
  video.src = piece.source;
  video.preload = "auto";
  video.playsInline = true;
  video.hidden = true;
  video.addEventListener("error", () => (byId("film-trouble").hidden = false));
  const place = document.querySelector(`[data-${piece.screen ? "screen" : "person"}="${CSS.escape(piece.person)}"]`);
  place.querySelector(".film-picture").append(video);
  return { ...piece, video, place };
}

/** Whether this film is a part of the moment; a screen only while it is shared. */
function runs(film) {
  return at >= film.offset && at < film.offset + film.duration && (!film.screen || isSeen(film));
}

function isSeen({ offset, camera }) {
  return camera.some(([from, until]) => at >= offset + from && at < offset + until);
}

/** Bring every film to the moment: shown with its picture or without, running or still, at its place. */
function follow(jumped = false) {
  for (const film of films) {
    const { video, offset } = film;
    const here = runs(film);
    const within = at - offset;
    video.hidden = !here || !isSeen(film);
    video.dataset.turn = film.turns.filter(([from]) => from <= within).at(-1)?.[1] ?? 0;
    const wanted = Math.min(Math.max(within, 0), film.duration) / 1000;
    if (jumped || (here && Math.abs(video.currentTime - wanted) > TOLERANCE && !video.seeking)) video.currentTime = wanted;
    if (here && playing && video.paused) video.play().catch(() => {});
    if ((!here || !playing) && !video.paused) video.pause();
  }
  for (const { place, screen } of films) if (screen) place.hidden = !place.querySelector("video:not([hidden])");
  byId("film-at").value = at;
  const time = `${clock(at)} / ${clock(length)}`;
  if (byId("film-time").textContent === time) return;
  byId("film-time").textContent = time;
  byId("film-at").setAttribute("aria-valuetext", time);
}

/** The clock stands while a film that runs has nothing to show yet. */
function tick() {
  const now = performance.now();
  const waits = films.some((film) => runs(film) && !film.video.error && (film.video.seeking || film.video.readyState < 3));
  if (playing && !waits) at = Math.min(at + now - last, length);
  last = now;
  if (playing && at >= length) setPlaying(false);
  follow();
}

function setPlaying(wanted) {
  if (wanted && at >= length) at = 0;
  playing = wanted;
  for (const words of byId("film-play").children) words.hidden = (words.dataset.when === "playing") !== playing;
}

function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

byId("film-play").addEventListener("click", () => setPlaying(!playing));
byId("film-at").max = length;
byId("film-at").addEventListener("input", () => {
  at = Number(byId("film-at").value);
  follow(true);
});
setInterval(tick, 100);
follow();

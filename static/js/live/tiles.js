// The faces: one tile each, all of one size, in the server's order, one's own last.

import { _ } from "../strings.js";
import { icon, mark } from "./dom.js";
import { onBreak } from "./seat.js";

const container = document.getElementById("tiles");
const template = document.getElementById("tile-template");
const streams = new Map();
const speaking = new Set();
const SHARPEST = 1.5; // a phone has more pixels than a face in a small tile needs
const SETTLES = 300;
let watched = null;

/**
 * Show the people of a snapshot and oneself. While the own line is cut nobody else is shown as if they were there; while
 * pictures are paused for a weak network, the last one of each is not shown as if it were now.
 */
export function showTiles(snapshot, ownStream, devices, line, paused) {
  const { people: present, you } = snapshot;
  const rest = onBreak(snapshot);
  for (const id of speaking) if (rest || ![you, ...present].some((person) => person.id === id)) speaking.delete(id);
  const others = line ? present : present.map((person) => ({ ...person, connection: "reconnecting" }));
  const people = others.flatMap((person) => (person.screen ? [person, { ...person, isScreen: true }] : [person]));
  const wanted = [...people, { ...you, face: you.called, called: _("You"), own: true, connection: "here", ...devices }];
  const keys = wanted.map(key);
  for (const tile of [...container.children]) if (!keys.includes(tile.dataset.key)) tile.remove();
  wanted.forEach((person, index) => place({ ...person, standing: standing(person, you), weak: paused, rest }, index, ownStream));
  container.dataset.count = String(wanted.length);
}

/** Tell how large everybody is shown, when it has changed: {participant id: longer side in pixels, 0 for unseen}. */
export function watchSizes(tell) {
  let told = "";
  let timer = null;
  const measure = () => {
    const sides = Object.fromEntries(
      [...container.children].filter((tile) => tile.dataset.key === tile.dataset.peer).map((tile) => [tile.dataset.peer, side(tile)]),
    );
    if (JSON.stringify(sides) === told) return;
    told = JSON.stringify(sides);
    tell(sides);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(measure, SETTLES);
  };
  watched = new ResizeObserver(later);
  document.addEventListener("visibilitychange", later);
}

function side(tile) {
  if (document.hidden) return 0;
  const { width, height } = tile.getBoundingClientRect();
  return Math.round(Math.max(width, height) * Math.min(window.devicePixelRatio, SHARPEST));
}

/** A remote track arrived. */
export function showTrack({ peer, kind, stream }) {
  streams.set(kind === "screen" ? `${peer} screen` : peer, stream);
  for (const tile of container.children) if (streams.has(tile.dataset.key)) attach(tile, streams.get(tile.dataset.key));
}

/** A remote track ended: its last picture must not stay. */
export function endTrack({ peer, kind }) {
  if (kind === "audio") return;
  const name = kind === "screen" ? `${peer} screen` : peer;
  const stream = streams.get(name);
  if (stream && !stream.getVideoTracks().some((track) => track.readyState === "live")) streams.delete(name);
  const tile = [...container.children].find((each) => each.dataset.key === name);
  if (tile && !streams.has(name)) tile.querySelector("video").srcObject = null;
}

/** Forget all remote pictures, when a call is over. */
export function forgetTracks() {
  streams.clear();
  for (const video of container.querySelectorAll("video")) video.srcObject = null;
}

/** Somebody begins or ends to speak. */
export function showSpeaking({ id, speaking: speaks }) {
  if (speaks) speaking.add(id);
  else speaking.delete(id);
  for (const tile of container.children) {
    if (tile.dataset.peer !== id) continue;
    setState(tile, "talking", speaks);
    tell(tile);
  }
}

function key(person) {
  if (person.own) return "own";
  return person.isScreen ? `${person.id} screen` : person.id;
}

function place(person, index, ownStream) {
  const name = key(person);
  let tile = [...container.children].find((each) => each.dataset.key === name);
  if (!tile) {
    tile = template.content.firstElementChild.cloneNode(true);
    tile.dataset.key = name;
    tile.dataset.peer = person.id;
    if (person.own) {
      tile.dataset.own = "";
      tile.querySelector("video").muted = true;
    }
    tile.querySelector(".plate .mark").replaceWith(mark(person.side));
  }
  if (!tile.isConnected) {
    container.append(tile);
    watched?.observe(tile); // it is told of a tile that is removed, too
  }
  tile.style.order = String(index); // a video that is moved in the document stops playing
  describe(tile, person);
  if (person.own) mirror(tile, ownStream);
  else attach(tile, streams.get(name));
}

function describe(tile, person) {
  const label = person.isScreen ? _("{name}'s screen", { name: person.called }) : person.called;
  tile.setAttribute("aria-label", label);
  tile.querySelector("[data-name]").textContent = label;
  tile.querySelector("[data-face]").textContent = (person.face ?? person.called).slice(0, 1);
  tile.querySelector("[data-lost]").textContent = person.connection === "away" ? _("Not reachable") : _("Reconnecting");
  tile.dataset.microphone = String(person.isScreen || person.microphone);
  tile.dataset.standing = person.standing;
  const lost = person.connection !== "here";
  const rest = !lost && person.rest && !person.own;
  const states = {
    lost,
    rest,
    "camera-off": rest || (!lost && !person.camera && !person.isScreen),
    weak: !lost && person.weak && !person.own && (person.camera || person.isScreen),
    hand: person.hand,
    talking: speaking.has(person.id) && person.microphone,
  };
  for (const [state, on] of Object.entries(states)) setState(tile, state, on);
  tell(tile);
}

/** The words on the right of the plate, with an icon where they say what is missing. */
function tell(tile) {
  const [words, drawing] = note(tile);
  const plate = tile.querySelector("[data-note]");
  if (plate.textContent !== words) plate.replaceChildren(...(drawing ? [icon(drawing)] : []), words);
}

function note(tile) {
  const states = tile.dataset.state.split(" ");
  if (states.includes("lost")) return [_("Line lost")];
  if (states.includes("rest")) return [_("Break")];
  if (states.includes("talking")) return [_("Speaking")];
  if (states.includes("weak")) return [_("Picture paused"), "weak"];
  if (tile.dataset.microphone === "false") return [_("Microphone is off"), "mic-off"];
  if (states.includes("camera-off")) return [_("Camera is off")];
  return [tile.dataset.standing];
}

/** Who somebody is to the reader: the neutral ones by their part; for a party the other side, and who is with them. */
function standing(person, you) {
  if (person.own || person.isScreen) return "";
  const neutral = { mediator: _("Mediator"), judge: _("Judge"), federation: _("Federation") }[person.role];
  if (neutral || you.side === "neutral" || person.side === "neutral") return neutral ?? "";
  return person.side === you.side ? _("On your side") : _("The other side");
}

function setState(tile, state, on) {
  const states = new Set(tile.dataset.state.split(" ").filter(Boolean));
  if (on) states.add(state);
  else states.delete(state);
  tile.dataset.state = [...states].join(" ");
}

/** One's own picture, without the voice: set anew when the camera is another one, or off. */
function mirror(tile, stream) {
  const [track] = stream?.getVideoTracks() ?? [];
  const [shown] = tile.querySelector("video").srcObject?.getTracks() ?? [];
  if (track !== shown) attach(tile, track && new MediaStream([track]));
}

function attach(tile, stream) {
  const video = tile.querySelector("video");
  if (video.srcObject === (stream ?? null)) return;
  video.srcObject = stream ?? null;
  // A change of streams interrupts play() too (AbortError): only a refusal means that the sound waits for a touch.
  if (stream) video.play().catch(({ name }) => name === "NotAllowedError" && document.dispatchEvent(new Event("sound-blocked")));
}

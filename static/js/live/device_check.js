// The device check: one question at a time; nobody sees or hears anything of it. Nothing has to work to go on.

import { openDevice } from "../media/devices.js";
import { setLevel } from "../ui.js";
import { _ } from "../strings.js";
import { trouble } from "./controls.js";
import { icon } from "./dom.js";

const STEPS = ["camera", "loudspeaker", "microphone", "connection"];
const room = document.getElementById("check").dataset.room;
const preview = document.getElementById("preview");
const wish = { audio: true, video: true };
const tracks = { audio: null, video: null };

const begin = { camera: () => openFor("video", "camera"), loudspeaker: playTones, microphone: openMicrophone, connection: measure };
const results = {
  camera: () => (wish.video ? _("clear") : _("without")),
  loudspeaker: (heard) => (heard ? _("heard") : _("not heard")),
  microphone: () => (wish.audio ? _("heard") : _("without")),
  connection: () => "",
};

function step(name) {
  const index = STEPS.indexOf(name);
  document.getElementById("step-count").textContent = _("Step {step} of {steps}", { step: index + 1, steps: STEPS.length });
  for (const item of document.querySelectorAll("[data-step]")) {
    const place = STEPS.indexOf(item.dataset.step);
    item.classList.toggle("now", place === index);
    item.classList.toggle("todo", place > index);
    item.querySelector(".check-body").hidden = place !== index;
  }
  begin[name]();
}

function finish(name, well) {
  const item = document.querySelector(`[data-step=${name}]`);
  item.classList.replace("now", "done");
  item.querySelector(".check-body").hidden = true;
  if (!item.querySelector(".check-result")) {
    const result = document.createElement("span");
    result.className = "check-result";
    item.append(result);
  }
  item.querySelector(".check-result").textContent = results[name](well);
  item.querySelector(".check-num")?.replaceWith(icon(well ? "check" : "cross"));
  const heading = item.querySelector("h2");
  heading.textContent = heading.dataset.short ?? heading.textContent;
  const next = STEPS[STEPS.indexOf(name) + 1];
  if (next) step(next);
  else go();
}

function go() {
  sessionStorage.setItem("devices", JSON.stringify(wish));
  for (const track of Object.values(tracks)) track?.stop();
  location.assign(room);
}

async function openFor(kind, name) {
  const line = document.querySelector(`[data-step=${name}] [data-trouble]`);
  let opened;
  try {
    opened = await openDevice(kind);
  } catch (error) {
    opened = { track: null, error: error.name };
  }
  tracks[kind]?.stop();
  tracks[kind] = opened.track;
  line.hidden = !opened.error;
  line.textContent = trouble({ audio: null, video: null, [kind]: opened.error });
  document.querySelector(`[data-step=${name}] [data-yes]`).hidden = !opened.track;
  if (kind === "video") showPreview(opened.track);
  return opened.track;
}

/** One's own picture; without a camera there is no empty box. */
function showPreview(track) {
  preview.srcObject = track ? new MediaStream([track]) : null;
  preview.parentElement.hidden = !track;
}

function playTones() {
  const context = new AudioContext();
  [523, 659, 784].forEach((frequency, index) => {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = frequency;
    volume.gain.value = 0.2;
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + index * 0.35);
    tone.stop(context.currentTime + index * 0.35 + 0.3);
  });
  setTimeout(() => context.close(), 2_000);
}

async function openMicrophone() {
  const track = await openFor("audio", "microphone");
  if (!track) return;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const meter = document.getElementById("level");
  const timer = setInterval(() => {
    if (track.readyState !== "live") {
      clearInterval(timer);
      context.close();
      return;
    }
    analyser.getFloatTimeDomainData(samples);
    setLevel(meter, Math.min(1, Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) * 6));
  }, 100);
}

/** The time of a few small requests; a call needs less than a second each. */
async function measure() {
  const line = document.querySelector("[data-step=connection] [data-trouble]");
  line.textContent = _("Measuring …");
  try {
    const times = [];
    for (let round = 0; round < 4; round += 1) {
      const start = performance.now();
      await fetch(`/healthz?round=${round}`, { cache: "no-store" });
      times.push(performance.now() - start);
    }
    const typical = times.sort((one, other) => one - other)[1];
    line.textContent = typical < 400 ? _("Good: this is enough for a call.") : _("Weak. Sound comes first, the picture may freeze.");
  } catch {
    line.textContent = _("No connection. Go nearer to the router, or switch between Wi-Fi and mobile data.");
  }
}

/** Whoever hears nothing is told what to try; the second time they go on all the same. */
function advised(item) {
  const advice = item.querySelector("[data-trouble]");
  const first = advice.hidden;
  advice.hidden = false;
  item.querySelector("[data-without]").textContent = _("I still hear nothing, go on");
  return first;
}

for (const item of document.querySelectorAll("[data-step]")) {
  const name = item.dataset.step;
  const kind = { camera: "video", microphone: "audio" }[name];
  item.querySelector("[data-yes]").addEventListener("click", () => finish(name, !kind || Boolean(tracks[kind])));
  item.querySelector("[data-again]").addEventListener("click", () => begin[name]());
  item.querySelector("[data-without]")?.addEventListener("click", () => {
    if (kind) {
      wish[kind] = false;
      tracks[kind]?.stop();
      if (kind === "video") showPreview(null);
    }
    if (name !== "loudspeaker" || !advised(item)) finish(name, false);
  });
}
step("camera");

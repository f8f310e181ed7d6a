// The buttons that everybody in a room has: microphone, camera, screen; and what is said when a device is refused.

import { _ } from "../strings.js";
import { showTrouble } from "./trouble.js";

/** Wire the buttons to the call. */
export function wireControls(call) {
  for (const [id, kind] of [
    ["microphone", "audio"],
    ["camera", "video"],
  ]) {
    document.getElementById(id).addEventListener("click", () => call().toggle(kind));
  }
  document.getElementById("screen").addEventListener("click", () => call().toggleScreen());
  document.addEventListener("sound-blocked", () => (document.getElementById("sound-line").hidden = false));
  document.getElementById("sound-on").addEventListener("click", () => {
    for (const video of document.querySelectorAll("#tiles video")) video.play();
    document.getElementById("sound-line").hidden = true;
  });
}

/** Show what is on and what went wrong. troubles: {audio, video} error names; paused: the network is too weak for pictures. */
export function showControls(devices, troubles, you, paused) {
  show("microphone", devices.microphone && !you.muted, _("Mic off"), _("Mic on"));
  show("camera", devices.camera, _("Camera off"), _("Camera on"));
  const screen = document.getElementById("screen");
  screen.hidden = !you.may_share_screen;
  screen.lastElementChild.textContent = devices.screen ? _("Stop sharing") : _("Share my screen");
  showTrouble(
    (you.muted && _("The mediator has switched your microphone off for the moment.")) ||
      trouble(troubles) ||
      (paused ? _("Weak network: the pictures are paused, the voices go on. It recovers by itself.") : ""),
  );
}

/** What to do about a device that could not be opened; empty when nothing is wrong. */
export function trouble({ audio, video }) {
  if (!audio && !video) return "";
  const both = audio && video;
  const what = both ? _("camera and microphone") : audio ? _("the microphone") : _("the camera");
  const name = audio || video;
  if (name === "NotAllowedError") {
    return _("Your browser does not let us use {what}. Tap the lock beside the address and allow it, then reload.", { what });
  }
  if (name === "NotFoundError") return _("No device found for {what}. You can take part without it.", { what });
  if (name === "NotReadableError") return _("Another app is using {what}. Close it and switch it on again here.", { what });
  return _("We could not use {what}. You can take part without it.", { what });
}

function show(id, on, offLabel, onLabel) {
  const button = document.getElementById(id);
  button.classList.toggle("off", !on);
  button.querySelector("[data-on]").hidden = !on;
  button.querySelector("[data-off]").hidden = on;
  button.querySelector("[data-label]").textContent = on ? offLabel : onLabel;
}

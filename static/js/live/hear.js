// The line "who can hear me now". The server names those who may; in doubt it names more, never fewer.

import { _ } from "../strings.js";
import { onBreak } from "./seat.js";

const bar = document.getElementById("hear");

/** Show the line. devices: {microphone, camera, screen}; line: whether socket and media are up; arrives: whether media are. */
export function showHearers(snapshot, { microphone, camera, screen }, line, arrives) {
  const { heard_by: hearers, you, host } = snapshot;
  const names = hearers.map((person) => person.called).join(_(", "));
  if (!line) {
    // Media don't end with the socket; who is in the room meanwhile is not known here.
    const still = arrives && (microphone || camera || screen);
    const title = still ? _("The line is cut. Others may still see and hear you.") : _("The line is cut. Nobody can hear you.");
    say("lost", title, _("Reconnecting by itself. Please don't close this page."));
  } else if (!hearers.length) {
    say("none", _("Nobody can see or hear you now"), alone(snapshot, microphone || camera));
  } else if (!microphone && !camera && !screen) {
    say("none", _("Nobody can see or hear you now"), _("Microphone and camera are off. {names} would hear you.", { names }));
  } else if (!microphone || you.muted) {
    say("none", _("Nobody can hear you now"), seen(names, camera, screen));
  } else if (hearers.length === 1) {
    say("one", _("Only {names} can hear you", { names }), you.host ? "" : _("Nobody else hears or sees you."));
  } else {
    say("several", _("{count} people can hear you now", { count: hearers.length }), names);
  }
  if (line && host.where === "lost" && !you.host) {
    say("none", _("{name} lost connection", { name: host.called }), _("You are back in your own room. Nobody can hear you."));
  }
}

/** The page is no part of the session any more. */
export function showOver(why) {
  say("none", _("Nobody can see or hear you now"), why);
}

function seen(names, camera, screen) {
  if (camera) return _("{names} can see you.", { names });
  return screen ? _("{names} can see your screen.", { names }) : "";
}

function alone(snapshot, switchedOn) {
  const { you } = snapshot;
  if (onBreak(snapshot)) return you.host ? _("There is a break. “Go on” ends it.") : _("There is a break now");
  if (you.host) return _("You are alone in this room.");
  return switchedOn ? _("You are alone for the moment.") : _("Camera and microphone are off");
}

function say(state, title, detail) {
  const [titleLine, detailLine] = [bar.querySelector("[data-hear-title]"), bar.querySelector("[data-hear-detail]")];
  // A status line is read aloud when it changes, so it changes only when it says something new.
  if (bar.dataset.state !== state) bar.dataset.state = state;
  if (titleLine.textContent !== title) titleLine.textContent = title;
  if (detailLine.textContent !== detail) detailLine.textContent = detail;
}

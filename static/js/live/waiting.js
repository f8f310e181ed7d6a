// The waiting room: the truth, but less. Nothing here tells of people whom the server does not show.

import { _, spokenClock } from "../strings.js";
import { element, fill } from "./dom.js";

const title = document.getElementById("waiting-title");
const text = document.getElementById("waiting-text");
const times = document.getElementById("waiting-times");
const atDesk = Boolean(document.getElementById("live").dataset.session); // staff: their login is their identity

/** Write what is known; `now` is the server's time in milliseconds. */
export function showWaiting(snapshot, now) {
  const { session, host } = snapshot;
  const name = host.called || _("the mediator");
  if (title.dataset.said !== heading(snapshot, name, now)) say(title, heading(snapshot, name, now));
  text.textContent = session.next_at
    ? _("{name} says: about {time}. This page will call you, please keep it open.", {
        name,
        time: spokenClock(session.next_at),
      })
    : _("This page will change by itself when it is your turn. Please keep it open.");
  fill(times, facts(snapshot, name, now).flatMap((known) => row(...known)));
}

/** A translation marks with <wbr> where the line may break. */
function say(place, sentence) {
  place.dataset.said = sentence;
  place.replaceChildren(...sentence.split("<wbr>").flatMap((phrase, index) => (index ? [element("wbr"), phrase] : [phrase])));
}

function heading({ session, host }, name, now) {
  const late = Math.floor((now - new Date(session.starts_at)) / 60_000);
  if (session.paused) return _("There is a break now");
  if (host.where === "lost") return _("{name} lost connection. You are back in your own room.", { name });
  if (host.where === "with_other_side") return _("{name} is talking with the other side alone", { name });
  if (session.state === "live") return _("It is not your turn yet, please wait");
  if (late < 0) return _("You are here. It begins at {time}.", { time: spokenClock(session.starts_at) });
  if (late <= 10) return _("It begins in a few minutes");
  return _("It begins late today: {minutes} minutes so far", { minutes: late });
}

function facts({ you, host, session }, name, now) {
  const known = [[you.arrived_at, _("You came to the waiting room")]];
  if (you.verified && !atDesk) known.push([null, _("{name} has confirmed your identity", { name })]);
  if (session.state === "live" && you.since && you.since !== you.arrived_at) {
    const minutes = Math.max(0, Math.floor((now - new Date(you.since)) / 60_000));
    const doing = host.where === "with_other_side" ? _("Talking with the other side") : _("{name} is busy", { name });
    known.push([you.since, minutes ? _("{doing}, for {minutes} minutes", { doing, minutes }) : doing, true]);
  }
  return known;
}

function row(at, fact, now = false) {
  const attributes = { class: now && "now" };
  return [element("dt", attributes, at ? spokenClock(at) : "✓"), element("dd", attributes, fact)];
}

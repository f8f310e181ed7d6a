// The page of everybody but who leads: a waiting room, a room, or the end, as the server's snapshot says.

import { openDialog } from "../ui.js";
import { _ } from "../strings.js";
import { SeatCall } from "./call.js";
import { showLines, Unread, wireLine } from "./chat.js";
import { Connection } from "./connection.js";
import { showControls, wireControls } from "./controls.js";
import { showHearers } from "./hear.js";
import { showRecording, wireRecording } from "./recording.js";
import { together } from "./seat.js";
import { endTrack, forgetTracks, showSpeaking, showTiles, showTrack, watchSizes } from "./tiles.js";
import { attempt, showTrouble } from "./trouble.js";
import { showWaiting } from "./waiting.js";

const live = document.getElementById("live").dataset;
const byId = (id) => document.getElementById(id);
let snapshot = null;
let devices = { microphone: false, camera: false, screen: false };
let connected = false;
let paused = false; // the network is too weak for pictures
const unread = new Unread();

const connection = new Connection(live.invitation ? { invitation: live.invitation } : { session: live.session }, {
  snapshot: (next) => {
    snapshot = next;
    call.follow(next);
    show();
  },
  ended: (reason) => over(reason),
  speaking: showSpeaking,
  layers: ({ layers }) => call.setLayers(layers),
  pictures: (event) => {
    paused = event.paused;
    if (snapshot) show();
  },
  agreement: () => {
    showDraft();
    document.dispatchEvent(new Event("agreement-changed"));
  },
  state: (state) => {
    connected = state === "connected";
    if (connected) call.tellAgain();
    if (snapshot) show();
  },
});

const call = new SeatCall(
  connection,
  {
    track: showTrack,
    end: endTrack,
    state: () => {
      if (call.cut) paused = false; // the new connection has yet to find out
      if (snapshot) show();
    },
    devices: (now) => {
      devices = now;
      if (snapshot) show();
    },
  },
  JSON.parse(sessionStorage.getItem("devices") || "{}"),
);

function show() {
  if (snapshot.session.state === "ended" || snapshot.session.state === "cancelled") return over({ code: snapshot.session.state });
  if (snapshot.you.place === "left") return over({ code: "left" });
  if (snapshot.you.host) return location.reload(); // who led is gone: the desk is ours now
  const inRoom = together(snapshot);
  place(inRoom ? "room" : "waiting");
  const line = connected && !call.cut;
  showHearers(snapshot, devices, line, call.arrives);
  showRecording(snapshot);
  if (!inRoom) {
    paused = false;
    showTrouble("");
    forgetTracks();
    showWaiting(snapshot, Date.now() + connection.clockShift);
    showLines(byId("waiting-lines"), snapshot.chat, { author: true });
    return;
  }
  showTiles(snapshot, call.stream, devices, line, paused);
  showControls(devices, call.troubles, snapshot.you, paused);
  showLines(byId("room-lines"), snapshot.chat, { author: true });
  byId("topic").hidden = !snapshot.session.topic;
  byId("topic").lastElementChild.textContent = snapshot.session.topic;
  byId("hand").lastElementChild.textContent = snapshot.you.hand ? _("Lower hand") : _("Raise hand");
  showUnread();
}

/** The button that leads to the lines tells how many are new. */
function showUnread() {
  const { length: count } = unread.of(snapshot.chat, byId("chat-sheet").open);
  const label = byId("more").lastElementChild;
  label.dataset.usual ??= label.textContent;
  const words = count ? _("{count} new", { count }) : label.dataset.usual;
  byId("more").classList.toggle("news", Boolean(count));
  if (label.textContent !== words) label.textContent = words; // it is read aloud when it changes
}

function place(name) {
  for (const id of ["waiting", "room", "over"]) byId(id).hidden = id !== name;
  byId("waiting-head").hidden = name === "room";
  byId("hear").hidden = name === "over";
  if (name === "over") for (const id of ["recording-sign", "recording-question", "draft-line", "trouble-line"]) byId(id).hidden = true;
  for (const words of document.querySelectorAll("[data-while]")) words.hidden = (words.dataset.while === "over") !== (name === "over");
  const before = document.body.className;
  document.body.className = name === "room" ? "room-page party" : "party";
  if (name === "room" && before === "party" && navigator.vibrate) navigator.vibrate(200);
}

function over({ code, message }) {
  call.stop();
  forgetTracks();
  connection.close();
  const words = {
    ended: [_("This session is over"), _("Nobody can see or hear you. Your papers stay on your page.")],
    session_over: [_("This session is over"), _("Nobody can see or hear you. Your papers stay on your page.")],
    cancelled: [_("This session was cancelled"), _("Your page says what happens next.")],
    taken_over: [_("You are in this session in another window"), _("This one no longer holds your seat. Close it, or go on here.")],
    left: [_("You have left"), _("Nobody can see or hear you. You can come back while the session lasts.")],
    too_early: [_("The room is not open yet"), message],
    no_longer_valid: [_("You are no longer in this session"), _("Nobody can see or hear you.")],
  };
  const [title, text] = words[code] ?? [_("You are not in the session"), message ?? ""];
  byId("over-title").textContent = title;
  byId("over-text").textContent = text;
  const again = code === "taken_over" || code === "left";
  byId("over-link").textContent = again ? _("Go on here") : _("To my page");
  byId("over-link").href = again ? location.href : live.home;
  place("over");
}

function ask(name, args) {
  return attempt(connection.ask(name, args));
}

/** Whoever comes in, or comes back, when there is something to read is told as well as those who were here. */
async function showDraft() {
  if (!live.papers) return;
  const response = await fetch(live.papers, { headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.ok) byId("draft-line").hidden = !(await response.json()).fingerprint;
}

watchSizes((sides) => call.prefer(sides));
wireControls(() => call);
wireRecording(ask);
showDraft();
for (const button of document.querySelectorAll("[data-signal]")) {
  const label = button.querySelector("span") ?? button;
  const said = label.textContent;
  let back = 0;
  button.addEventListener("click", async () => {
    // "Somebody is beside me" shows nothing here: the one beside may be reading along.
    if (!(await ask("signal", { kind: button.dataset.signal })) || button.dataset.signal === "someone_beside") return;
    label.textContent = _("The mediator knows");
    clearTimeout(back);
    back = setTimeout(() => (label.textContent = said), 4_000);
  });
}
for (const id of ["waiting-form", "room-form"]) wireLine(byId(id), (text, key) => connection.ask("say", { text, key }));
byId("hand").addEventListener("click", () => ask("raise_hand", { raised: !snapshot.you.hand }));
byId("more").addEventListener("click", () => {
  byId("chat-sheet").showModal();
  showUnread();
});
document.querySelector("[data-dialog=leave]").addEventListener("click", async (event) => {
  event.stopPropagation();
  if (await openDialog("leave")) {
    call.end(); // at once, not after the server's answer
    await ask("leave");
    over({ code: "left" });
  }
});
document.querySelector("[data-dialog=stop]")?.addEventListener("click", async (event) => {
  event.stopPropagation();
  if (await openDialog("stop")) await ask("signal", { kind: "stop" });
});
document.addEventListener("leavequickly", () => {
  call.end();
  connection.ask("leave").catch(() => {});
});
setInterval(() => snapshot && !together(snapshot) && connected && show(), 15_000);

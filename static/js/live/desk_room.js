// The page of who leads: everybody by place, the faces of the room they are in, papers and lines beside it.

import { openDialog } from "../ui.js";
import { _ } from "../strings.js";
import { SeatCall } from "./call.js";
import { showLines, Unread, wireLine } from "./chat.js";
import { Connection } from "./connection.js";
import { showControls, wireControls } from "./controls.js";
import { showPlaces } from "./desk_places.js";
import { wirePanels } from "./desk_panels.js";
import { showRecording, wireRecording } from "./desk_recording.js";
import { showHearers, showOver } from "./hear.js";
import { endTrack, showSpeaking, showTiles, showTrack, watchSizes } from "./tiles.js";
import { attempt, complain } from "./trouble.js";

const live = document.getElementById("live").dataset;
const byId = (id) => document.getElementById(id);
let snapshot = null;
let devices = { microphone: false, camera: false, screen: false };
let connected = false;
let paused = false; // the network is too weak for pictures
let visited = null;
let over = false;
const seen = new Set();
const unread = new Unread(); // of the room

const connection = new Connection({ session: live.session }, {
  snapshot: (next) => {
    snapshot = next;
    call.follow(next);
    show();
  },
  ended: ({ code, message }) => {
    const why = code === "taken_over" ? _("You are in this session in another window") : message || _("You are no longer in this session");
    over = true;
    call.stop();
    complain(why);
    showOver(why);
    byId("tiles").replaceChildren();
    byId("main").inert = true;
  },
  speaking: showSpeaking,
  layers: ({ layers }) => call.setLayers(layers),
  pictures: (event) => {
    paused = event.paused;
    if (snapshot) show();
  },
  agreement: () => document.dispatchEvent(new Event("agreement-changed")),
  state: (state) => {
    connected = state === "connected";
    if (connected) call.tellAgain();
    if (snapshot) show();
  },
});

const call = new SeatCall(connection, {
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
}, JSON.parse(sessionStorage.getItem("devices") || "{}"));

function show() {
  if (over) return;
  const { session } = snapshot;
  if (session.state === "ended" || session.state === "cancelled") {
    call.stop();
    connection.close();
    location.assign(live.home);
    return;
  }
  if (!snapshot.you.host) return location.reload(); // somebody else has taken the lead: theirs is the desk
  const line = connected && !call.cut;
  showHearers(snapshot, devices, line, call.arrives);
  showPlaces(byId("places-list"), snapshot, act, { remove, recall, judge });
  showTiles(snapshot, call.stream, devices, line, paused);
  showControls(devices, call.troubles, snapshot.you, paused);
  showLines(byId("room-lines"), snapshot.chat.filter((line) => !line.waiting_room_of || line.waiting_room_of === addressee()), { author: true });
  showAddressees();
  showNotices();
  showRecording(snapshot);
  const [pauses, goesOn, words] = byId("pause").children;
  pauses.hidden = session.paused;
  goesOn.hidden = !session.paused;
  words.textContent = session.paused ? _("Go on") : _("Pause");
}

function showNotices() {
  byId("lost-line").hidden = !snapshot.lost_at;
  visited = snapshot.everybody.find((person) => snapshot.you.place === "visiting" && snapshot.people.some(({ id }) => id === person.id));
  byId("identity-line").hidden = !visited || visited.verified;
  if (visited) byId("identity-line").children[1].textContent = _("Compare face and document of {name}.", { name: visited.called });
  showNews();
}

/** The newest line that who leads can't have read: from a waiting room until it is marked as seen, from the room while the lines are folded away. */
function showNews() {
  const waiting = snapshot.chat.filter((line) => line.waiting_room_of && !line.yours);
  const here = unread.of(snapshot.chat.filter((line) => !line.waiting_room_of), !byId("panel-lines").hidden);
  const news = [...waiting, ...here].filter((line) => !seen.has(line.id)).sort((one, other) => one.at.localeCompare(other.at)).at(-1);
  byId("message-line").hidden = !news;
  if (!news) return;
  const { author: name, text, waiting_room_of: of } = news;
  const words = of ? _("{name} writes from the waiting room: {text}", { name, text }) : _("{name} writes: {text}", { name, text });
  byId("message-line").children[1].textContent = words;
  byId("message-line").dataset.of = of ?? "";
}

function showAddressees() {
  const select = byId("line-to");
  const options = snapshot.everybody.filter((person) => !person.you && person.room?.startsWith("waiting:"));
  const wanted = ["", ...options.map((person) => person.id)];
  if ([...select.options].map((option) => option.value).join() === wanted.join()) return;
  const chosen = select.value;
  select.replaceChildren(
    new Option(_("Everybody in this room"), ""),
    ...options.map((person) => new Option(_("Waiting room of {name}", { name: person.called }), person.id)),
  );
  select.value = wanted.includes(chosen) ? chosen : "";
}

function addressee() {
  return byId("line-to").value;
}

function act(name, args = {}) {
  return attempt(connection.ask(name, args));
}

async function remove(person) {
  byId("remove").querySelector("[data-who]").textContent = _("{name} can no longer see or hear anybody.", { name: person.called });
  if (await openDialog("remove")) await act("remove", { participant_id: person.id });
}

async function recall(people) {
  const names = people.map((person) => person.called).join(_(", "));
  byId("recall").querySelector("[data-who]").textContent = _("{names} will see and hear each other at once.", { names });
  if (await openDialog("recall")) await act("recall", { participant_ids: people.map((person) => person.id) });
}

async function judge() {
  byId("question").value = snapshot.consultation?.question ?? "";
  if (await openDialog("judge")) await act("ask_judge", { question: byId("question").value });
}

watchSizes((sides) => call.prefer(sides));
wireControls(() => call);
wirePanels();
wireRecording(act);
byId("separate").addEventListener("click", () => act("separate"));
byId("pause").addEventListener("click", () => act(snapshot.session.paused ? "unpause" : "pause"));
byId("resume").addEventListener("click", () => act("resume_rooms"));
byId("stay").addEventListener("click", () => act("stay_parted"));
byId("identity-open").addEventListener("click", async () => {
  const { id, called } = visited;
  byId("identity").querySelector("[data-who]").textContent = _("You see and hear {name} alone. Compare face, name and document.", { name: called });
  byId("last-four").value = "";
  if (await openDialog("identity")) {
    await act("confirm_identity", { participant_id: id, document: byId("document").value, last_four: byId("last-four").value });
  }
});
function noteMessages() {
  for (const line of snapshot.chat) seen.add(line.id);
  show();
}

byId("message-seen").addEventListener("click", noteMessages);
byId("message-answer").addEventListener("click", () => {
  byId("tab-lines").click();
  byId("line-to").value = byId("message-line").dataset.of;
  noteMessages();
  byId("room-form").querySelector("input").focus();
});
byId("line-to").addEventListener("change", show);
for (const name of ["click", "focus"]) byId("tab-lines").addEventListener(name, () => snapshot && show());
const send = (text, key) =>
  addressee() ? connection.ask("answer", { participant_id: addressee(), text, key }) : connection.ask("say", { text, key });
wireLine(byId("room-form"), send, addressee);
byId("topic-form").addEventListener("submit", (event) => {
  event.preventDefault();
  act("name_topic", { topic: byId("topic").value });
});
byId("next-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const at = new Date();
  const [hours, minutes] = byId("next-at").value.split(":").map(Number);
  at.setHours(hours, minutes, 0, 0);
  act("announce_time", { at: byId("next-at").value ? at.toISOString() : null });
});

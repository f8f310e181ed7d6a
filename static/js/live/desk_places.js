// The left column of who leads: people by place, in a fixed order, with what can be done for each.

import { _, deskClock } from "../strings.js";
import { element, fill, icon, mark, slimButton } from "./dom.js";

const SIGNALS = {
  help: () => _("needs help"),
  someone_beside: () => _("somebody is beside them"),
  rest: () => _("asks for a break"),
  talk_alone: () => _("wants to talk alone"),
  stop: () => _("does not want to go on"),
};

/** Show the places. `act(name, args)` carries out a command; `open` has the dialogs: remove, recall, judge. */
export function showPlaces(container, snapshot, act, open) {
  const people = snapshot.everybody.filter((person) => !person.removed);
  const sitting = (room) => people.filter((person) => person.room === room);
  const here = snapshot.everybody.find((person) => person.you).room;
  const arrived = people.filter((person) => person.room && person.room !== "left" && !person.you);
  fill(container, [
    main(snapshot, sitting("main"), here === "main", arrived, act, open),
    caucus(snapshot, sitting, here, arrived, act),
    consultation(snapshot, sitting("consultation"), here === "consultation", arrived, act, open),
    ...arrived.filter(isWaiting).map((person) => waitingRoom(person, here === person.room, act, open)),
    absent(people.filter((person) => (!person.room || person.room === "left") && !person.you), open),
  ]);
}

function main(snapshot, people, here, arrived, act, open) {
  const others = people.filter((person) => !person.you);
  const ready = arrived.filter((person) => person.verified && person.room !== "main");
  const buttons = [];
  if (!here) buttons.push(slimButton(_("Back to the main room"), () => act("go_to_main"), "secondary"));
  if (ready.length && mayMeet(snapshot, [...others, ...ready])) {
    buttons.push(slimButton(_("Bring everybody together"), () => open.recall([...others, ...ready])));
  }
  if (others.length) buttons.push(slimButton(_("All to their own rooms, a break"), () => act("everybody_waits")));
  return place(_("Main room"), people.length ? count(people) : nobody(), here, people, (p) => rowOf(p, act, open), buttons);
}

function caucus(snapshot, sitting, here, arrived, act) {
  const people = [...sitting("caucus:applicant"), ...sitting("caucus:respondent")];
  const has = (side) => arrived.some((person) => person.side === side && person.verified);
  const button = (side, label) =>
    has(side) && here !== `caucus:${side}` && slimButton(label, () => act("caucus", { side }), "secondary");
  const buttons = [
    button("applicant", _("Talk with the applicant alone")),
    button("respondent", _("Talk with the respondent alone")),
  ].filter(Boolean);
  const note = buttons.length ? _("The other side goes back to their own waiting room.") : "";
  return place(_("Caucus"), people.length ? count(people) : nobody(), here.startsWith("caucus:"), people, plainRow, buttons, note);
}

function consultation(snapshot, people, here, arrived, act, open) {
  const asked = snapshot.consultation;
  const judge = arrived.some((person) => person.role === "judge");
  const buttons = [];
  if (judge) {
    const sides = [...new Set(people.map((person) => person.side).filter((side) => side !== "neutral"))];
    if (!here || sides.length) buttons.push(slimButton(_("Talk with the judge"), () => act("consult", { sides: [] }), "secondary"));
    for (const [side, label] of [
      ["applicant", _("with the applicant")],
      ["respondent", _("with the respondent")],
    ]) {
      const added = arrived.filter((person) => person.side === side && person.verified);
      if (added.length && !sides.includes(side) && mayMeet(snapshot, [...people, ...added])) {
        buttons.push(slimButton(label, () => act("consult", { sides: [...sides, side] })));
      }
    }
  }
  buttons.push(slimButton(asked ? _("Change the question") : _("Ask a judge"), open.judge));
  if (asked && !asked.answered) buttons.push(slimButton(_("No longer needed"), () => act("withdraw_question")));
  const state = !asked ? nobody() : asked.answered ? _("a judge has answered") : _("waiting for a judge");
  const notes = [asked?.question, asked?.advice && _("Advice: {text}", { text: asked.advice })].filter(Boolean).join(" — ");
  return place(_("Judge on call"), people.length ? count(people) : state, here, people, plainRow, buttons, notes);
}

function waitingRoom(person, here, act, open) {
  const buttons = [];
  const id = { participant_id: person.id };
  if (!here) buttons.push(slimButton(_("Go in"), () => act("visit", id), "secondary"));
  if (person.verified) buttons.push(slimButton(_("Admit to the main room"), () => act("admit", id)));
  const note = person.verified ? "" : _("Identity not confirmed yet");
  const title = _("Waiting room of {name}", { name: person.called });
  return place(title, _("since {time}", { time: deskClock(person.since) }), here, [person], (p) => rowOf(p, act, open), buttons, note);
}

function absent(people, open) {
  if (!people.length) return null;
  const replies = {
    accepted: _("will come"),
    declined: _("does not want to come"),
    other_time: _("wants another time"),
    none: _("no answer"),
  };
  const row = (person) => line(person, person.room === "left" ? _("has left") : replies[person.reply], [removal(person, open)]);
  return place(_("Not here"), count(people), false, people, row, []);
}

function rowOf(person, act, open) {
  const id = { participant_id: person.id };
  const buttons = [];
  if (!person.you) {
    if (person.signal || person.hand) buttons.push(slimButton(_("Seen"), () => act("attend_to", id)));
    if (!isWaiting(person)) {
      buttons.push(slimButton(_("Send back"), () => act("dismiss", id)));
      buttons.push(slimButton(person.muted ? _("Unmute") : _("Mute"), () => act("mute", { ...id, muted: !person.muted })));
      const permitted = person.may_share_screen;
      buttons.push(slimButton(permitted ? _("No screen") : _("May share screen"), () => act("permit_screen", { ...id, permitted: !permitted })));
    }
    buttons.push(removal(person, open));
  }
  return line(person, connection(person), buttons);
}

/** What somebody asks of who leads, on a line of its own. */
function requests({ hand, signal }) {
  const asked = [hand && _("hand up"), signal && SIGNALS[signal]()].filter(Boolean);
  return asked.length ? element("span", { class: "requests" }, ...asked.map((words) => element("span", { class: "tag lack" }, words))) : null;
}

function plainRow(person) {
  return line(person, connection(person), []);
}

function connection(person) {
  return { reconnecting: _("reconnecting"), away: _("not reachable") }[person.connection] ?? "";
}

function removal(person, open) {
  return slimButton(_("Take out"), () => open.remove(person), "link");
}

function line(person, state, buttons) {
  const muted = person.room && person.room !== "left" && !person.microphone && !isWaiting(person);
  return element(
    "li",
    { "data-participant": person.id },
    element("span", { class: "person" }, mark(person.side), element("span", { class: "person-name" }, person.called), " ",
      element("span", { class: "meta" }, person.you ? _("You") : role(person))),
    element("span", { class: "state" }, muted && !person.you ? icon("mic-off") : null, state),
    buttons.length ? details(buttons) : null,
    requests(person),
  );
}

function details(buttons) {
  return element("details", { class: "more" }, element("summary", {}, _("More"), icon("chevron-down")), element("div", { class: "place-actions" }, ...buttons));
}

function role({ role: name }) {
  const words = {
    applicant: _("Applicant"),
    respondent: _("Respondent"),
    judge: _("Judge"),
    federation: _("Federation"),
    mediator: _("Mediator"),
    companion: _("Companion"),
    representative: _("Representative"),
  };
  return words[name];
}

function place(title, state, here, people, row, buttons, note = "") {
  const whole = here ? [state, _("you are here")].join(" · ") : state;
  return element(
    "section",
    { class: here ? "place here" : "place" },
    element("div", { class: "place-head" }, element("h2", {}, title), element("span", { class: "count" }, whole)),
    people.length ? element("ul", { class: "plain" }, ...people.map(row)) : null,
    buttons.length ? element("div", { class: "place-actions" }, ...buttons) : null,
    note ? element("p", { class: "place-note" }, note) : null,
  );
}

function mayMeet({ session }, people) {
  if (session.mode === "shuttle" && new Set(people.map((p) => p.side).filter((side) => side !== "neutral")).size > 1) return false;
  return people.every((one) => people.every((other) => !one.kept_apart_from.includes(other.id)));
}

function isWaiting(person) {
  return Boolean(person.room?.startsWith("waiting:"));
}

function count(people) {
  return people.length === 1 ? _("1 person") : _("{count} people", { count: people.length });
}

function nobody() {
  return _("nobody");
}

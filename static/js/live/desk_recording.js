// Recording as who leads meets it: ask, see who has answered, start when everybody in the main room agrees, stop.

import { element, fill, mark } from "./dom.js";
import { _ } from "../strings.js";

const byId = (id) => document.getElementById(id);
const all = (selector) => document.querySelectorAll(selector);
let ended = null;

/** Wire the control; `act(name, args)` carries out a command and tells whether it worked. */
export function wireRecording(act) {
  const sheet = byId("recording-sheet");
  const { version } = sheet.dataset;
  const commands = {
    ask: () => act("ask_to_record", { version }),
    start: () => act("start_recording"),
    stop: () => act("stop_recording"),
    no: () => act("answer_recording", { given: false, version }),
  };
  for (const button of all("[data-recording-open]")) {
    button.addEventListener("click", () => {
      byId("recording-line").hidden = true;
      sheet.showModal();
    });
  }
  for (const [name, carryOut] of Object.entries(commands)) {
    for (const button of all(`[data-recording-${name}]`)) {
      button.addEventListener("click", async () => {
        // What a refusal says stands on the page behind the sheet.
        if (!(await carryOut()) || name === "start") sheet.close();
      });
    }
  }
}

/** Show what the snapshot says. */
export function showRecording({ recording, recording_ended, everybody, you }) {
  const here = everybody.filter((person) => person.room === "main");
  const agreed = here.every((person) => person.agreed_to_recording);
  const both = you.place === "main" && ["applicant", "respondent"].every((side) => here.some((person) => person.side === side));
  const ready = both && agreed && !recording.on;
  byId("recording-sign").hidden = !recording.on;
  byId("recording-tag").textContent = recording.on ? _("Being recorded") : _("Not recorded");
  byId("recording-tag").className = recording.on ? "tag wait" : "tag outline";
  for (const button of all("[data-recording-ask]")) button.hidden = recording.asked && recording.agreed === true;
  for (const button of all("[data-recording-start]")) button.hidden = !ready;
  for (const button of all("#recording-sheet [data-recording-stop]")) button.hidden = !recording.on;
  for (const button of all("#recording-sheet [data-recording-no]")) button.hidden = recording.agreed !== true;
  byId("recording-state").textContent = stateOf(recording, both, ready);
  fill(byId("recording-answers"), recording.asked ? everybody.filter((person) => person.room && person.room !== "left").map(answerOf) : []);
  showEnd(recording, recording_ended);
}

function stateOf(recording, both, ready) {
  if (recording.on) return _("The main room is being recorded.");
  if (!recording.asked) return _("Nobody has been asked yet. Everybody answers on their own page.");
  if (!both) return _("It can begin when both sides sit in the main room.");
  return ready ? _("Everybody in the main room agrees.") : _("It can begin when everybody in the main room has agreed.");
}

function answerOf(person) {
  const said = { true: _("Agrees"), false: _("Does not agree"), null: _("No answer yet") }[String(person.agreed_to_recording)];
  return element("li", {}, element("span", { class: "person" }, mark(person.side), person.called), element("span", { class: "soft" }, said));
}

/** Why a recording ended by itself is said once, when it happens. */
function showEnd(recording, why) {
  const sentence = {
    not_everybody: _("The recording has stopped: not everybody in the main room agrees."),
    room_left: _("The recording has stopped, because the main room was left. You can start it again there."),
    failed: _("The recording has stopped: it could not be written. Please tell an administrator."),
    interrupted: _("The recording has stopped, because the server was restarted."),
  }[why];
  const news = !recording.on && ended === "on" && sentence;
  if (news) byId("recording-line").children[1].textContent = sentence;
  if (news || recording.on) byId("recording-line").hidden = !news;
  ended = recording.on ? "on" : why;
}

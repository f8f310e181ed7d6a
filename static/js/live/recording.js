// Recording as everybody but who leads meets it: the constant sign, the question, an answer that may be changed.

import { _ } from "../strings.js";

const byId = (id) => document.getElementById(id);

/** Wire sign, question and answers; `ask(name, args)` carries out a command. */
export function wireRecording(ask) {
  const sheet = byId("recording-sheet");
  const answer = async (given) => {
    await ask("answer_recording", { given, version: sheet.dataset.version });
    sheet.close();
  };
  for (const button of document.querySelectorAll("[data-recording-open]")) button.addEventListener("click", () => sheet.showModal());
  for (const button of document.querySelectorAll("[data-recording-yes]")) button.addEventListener("click", () => answer(true));
  for (const button of document.querySelectorAll("[data-recording-no]")) button.addEventListener("click", () => answer(false));
}

/** Show what the snapshot says. */
export function showRecording({ recording, you }) {
  byId("recording-sign").hidden = !recording.on;
  byId("recording-question").hidden = !recording.asked || recording.agreed !== null || you.place === "left";
  for (const button of document.querySelectorAll("#chat-sheet [data-recording-open]")) button.hidden = !recording.asked;
  byId("recording-mine").textContent =
    recording.agreed === null ? "" : recording.agreed ? _("You have agreed. You may change it at any time.") : _("You have not agreed. You may change it at any time.");
}

// The line that says what does not work: a command that was refused first, then what lasts (muted, a device, the network).

import { _ } from "../strings.js";

const line = document.getElementById("trouble-line");
let complaint = "";
let lasting = "";

/** Carry out a command: whether it worked. If not, the line says why until the next one works. */
export async function attempt(asked) {
  try {
    await asked;
    complain("");
    return true;
  } catch (error) {
    complain(error.code ? error.message : _("Not sent. Please try again."));
    return false;
  }
}

/** Say what did not work; nothing takes it back. */
export function complain(sentence) {
  complaint = sentence;
  show();
}

/** Say what does not work for the time being; nothing takes it back. */
export function showTrouble(sentence) {
  lasting = sentence;
  show();
}

function show() {
  const sentence = complaint || lasting;
  line.classList.toggle("failed", Boolean(complaint));
  // The line is read aloud when it changes, so it changes only when it says something new.
  if (line.lastElementChild.textContent !== sentence) line.lastElementChild.textContent = sentence;
  line.hidden = !sentence;
}

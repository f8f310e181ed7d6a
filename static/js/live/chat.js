// What is written: within the room, or from a waiting room to the mediator. What was not sent stays in the box.

import { _, spokenClock } from "../strings.js";
import { element, fill } from "./dom.js";

/** Show the lines of a snapshot in a list. `author` says whether lines name their author. */
export function showLines(list, lines, { author }) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  fill(list, lines.map((line) => shown(line, author)));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/** Make a form send lines through `send(text, key)`; a refused or unanswered line is kept, under the same key. */
export function wireLine(form, send) {
  let key = newKey();
  const box = form.querySelector("input, textarea");
  const failure = form.querySelector("[data-failure]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    try {
      await send(text, key);
      box.value = "";
      key = newKey();
      failure.hidden = true;
    } catch (error) {
      failure.textContent = error.code ? error.message : _("Not sent. What you wrote is kept.");
      failure.hidden = false;
    }
  });
}

function shown(line, author) {
  const said = [spokenClock(line.at)];
  if (line.yours) said.push(_("sent"));
  else if (author) said.unshift(line.author);
  return element(
    "li",
    { class: line.yours ? "mine" : "theirs" },
    element("p", {}, line.text),
    element("span", { class: "chat-meta" }, said.join(" ")),
  );
}

function newKey() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 40);
}

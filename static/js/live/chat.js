// What is written: within the room, or from a waiting room to the mediator. What was not sent stays in the box.

import { _, spokenClock } from "../strings.js";
import { element, fill } from "./dom.js";

/** Show the lines of a snapshot in a list. `author` says whether lines name their author. */
export function showLines(list, lines, { author }) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  fill(list, lines.map((line) => shown(line, author)));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/**
 * Make a form send lines through `send(text, key)`; a refused or unanswered line is kept, and has the same key when it is sent
 * again as it is, to whomever `to()` names. What is written while the answer is awaited stays in the box.
 */
export function wireLine(form, send, to = () => "") {
  let tried = {};
  const box = form.querySelector("input, textarea");
  const failure = form.querySelector("[data-failure]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    if (tried.text !== text || tried.to !== to()) tried = { text, to: to(), key: newKey() };
    const { key } = tried;
    try {
      await send(text, key);
      if (box.value.trim() === text) box.value = "";
      if (tried.key === key) tried = {};
      failure.hidden = true;
    } catch (error) {
      failure.textContent = error.code ? error.message : _("Not sent. What you wrote is kept.");
      failure.hidden = false;
    }
  });
}

/** Which lines of others have not been on the screen yet; those of before the page was opened have. */
export class Unread {
  #seen = null;

  /** The unread ones among these. `open`: they are on the screen now. */
  of(lines, open) {
    if (open || !this.#seen) this.#seen = new Set([...(this.#seen ?? []), ...lines.map((line) => line.id)]);
    return lines.filter((line) => !line.yours && !this.#seen.has(line.id));
  }
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

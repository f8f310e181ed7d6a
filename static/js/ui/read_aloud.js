// 念给我听: the browser's own voice. Where there is none (some in-app browsers) the button stays hidden.

/** Read the text of an element aloud; calls `ended` when it is over or was stopped. */
export function readAloud(element, ended = () => {}) {
  speechSynthesis.cancel();
  const spoken = new SpeechSynthesisUtterance(element.innerText);
  spoken.lang = document.documentElement.lang;
  spoken.rate = 0.9;
  spoken.onend = ended;
  spoken.onerror = ended;
  speechSynthesis.speak(spoken);
}

export function wireReadAloud() {
  if (!("speechSynthesis" in window)) return;
  for (const button of document.querySelectorAll("[data-read-aloud]")) {
    button.hidden = false;
    button.addEventListener("click", () => toggle(button));
  }
  window.addEventListener("pagehide", () => speechSynthesis.cancel());
}

function toggle(button) {
  const reading = button.getAttribute("aria-pressed") === "true";
  speechSynthesis.cancel();
  if (reading) return;
  button.setAttribute("aria-pressed", "true");
  readAloud(document.getElementById(button.dataset.readAloud), () => button.setAttribute("aria-pressed", "false"));
}

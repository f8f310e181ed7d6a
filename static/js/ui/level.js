// The microphone's level: twelve cells.

/** Light the cells of a level meter; `value` is 0 (silence) to 1 (loud). */
export function setLevel(element, value) {
  const cells = element.children;
  const lit = Math.round(Math.min(1, Math.max(0, value)) * cells.length);
  for (let i = 0; i < cells.length; i += 1) cells[i].classList.toggle("on", i < lit);
  element.setAttribute("aria-valuenow", String(lit));
}

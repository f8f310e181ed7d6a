// Build elements without HTML strings: what people write is always text.

/** An element with attributes (`class`, `data-…`, …) or properties (`onclick`) and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** The icon of the page's sprite. */
export function icon(name) {
  const sprite = document.body.querySelector("[data-sprite]").dataset.sprite;
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", `icon icon-${name}`);
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  drawing.append(use);
  return drawing;
}

/** The shape of a side: ● applicant, ■ respondent, ○ neutral. */
export function mark(side) {
  return element("span", { class: `mark ${side}`, "aria-hidden": "true" });
}

/** A small button that carries out `act`. */
export function slimButton(label, act, kind = "plain") {
  return element("button", { type: "button", class: `button ${kind} slim`, onclick: act }, label);
}

/** Replace the children only when they differ, so that focus and screen readers are left in peace; what is unfolded stays so. */
export function fill(container, children) {
  const next = element("div", {}, ...children);
  for (const unfolded of container.querySelectorAll("[data-participant] > details[open]")) {
    const id = unfolded.parentElement.dataset.participant;
    next.querySelector(`[data-participant="${id}"] > details`)?.setAttribute("open", "");
  }
  if (container.innerHTML === next.innerHTML) return;
  const focused = container.contains(document.activeElement) ? document.activeElement.textContent : null;
  container.replaceChildren(...children.filter(Boolean));
  if (focused) [...container.querySelectorAll("button")].find((b) => b.textContent === focused)?.focus();
}

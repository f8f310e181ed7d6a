// The reader's language for scripts: the page carries the translations as data (`#strings`); English is the message itself.

const carrier = document.getElementById("strings");
const strings = carrier ? JSON.parse(carrier.textContent) : {};

/** The message in the reader's language, `{name}` filled from `values`. */
export function _(message, values = {}) {
  const said = strings[message] || message;
  return said.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** A clock time as staff read it: 14:30. */
export function deskClock(moment) {
  const at = new Date(moment);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** A clock time as parties say it: 下午 2:30 / 2:30 pm. */
export function spokenClock(moment) {
  const at = new Date(moment);
  const minutes = String(at.getMinutes()).padStart(2, "0");
  const hour = ((at.getHours() + 11) % 12) + 1;
  const period = [
    [5, _("at night")],
    [9, _("early morning")],
    [12, _("morning")],
    [13, _("noon")],
    [18, _("afternoon")],
    [24, _("evening")],
  ].find(([until]) => at.getHours() < until)[1];
  if (document.documentElement.lang.startsWith("zh")) return `${period} ${hour}:${minutes}`;
  return `${hour}:${minutes} ${at.getHours() < 12 ? "am" : "pm"}`;
}

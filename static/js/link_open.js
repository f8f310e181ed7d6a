// The page of a personal link after its click: no secret stays in the address bar; the reader's own time if it differs.

if (location.hash.length > 20) history.replaceState(null, "", location.pathname);

const line = document.getElementById("own-time");
if (line) {
  const moment = new Date(line.dataset.moment);
  const tell = (timeZone) =>
    new Intl.DateTimeFormat(document.documentElement.lang, {
      weekday: "long", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", hour12: true, timeZone,
    }).format(moment);
  const here = tell(undefined);
  if (here !== tell(line.dataset.zone)) {
    line.textContent = line.dataset.label.replace("{when}", here);
    line.hidden = false;
  }
}

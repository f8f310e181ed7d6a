// On a phone the filters of the archive are folded away, so that what was found comes first.

const filters = document.getElementById("filters");
const wide = window.matchMedia("(min-width: 960px)");
const fit = () => (filters.open = wide.matches);
wide.addEventListener("change", fit);
fit();

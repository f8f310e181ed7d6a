// A judge between hearings leaves this page open: it looks for new questions, unless something is being written.

setInterval(() => {
  const writing = [...document.querySelectorAll("textarea")].some((box) => box.value !== box.defaultValue);
  if (!writing && !document.hidden && !document.querySelector("dialog[open]")) location.reload();
}, 10_000);

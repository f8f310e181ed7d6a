// Questions before dangerous acts. The answer that changes nothing has the focus; Escape and the backdrop mean it too.

/** Show the dialog with this id. Resolves to whether the person confirmed (for dialogs without an action of their own). */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.showModal();
  dialog.querySelector("[data-cancel]")?.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}

export function wireDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener && opener.getAttribute("aria-disabled") !== "true") {
      event.preventDefault();
      openDialog(opener.dataset.dialog);
      return;
    }
    if (event.target.closest("dialog [data-cancel]") || event.target.matches("dialog")) {
      event.target.closest("dialog").close("cancel");
    }
  });
}

// A form with `data-confirm` asks in the page's dialog before it is sent.
export function startConfirm() {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  let waiting = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    waiting = form;
    dialog.querySelector("[data-confirm-text]").textContent = form.dataset.confirm;
    dialog.querySelector("[data-confirm-yes]").textContent = form.dataset.confirmYes || "Continue";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    const form = waiting;
    waiting = null;
    if (!form || dialog.returnValue !== "yes") return;
    form.dataset.confirmed = "true";
    form.requestSubmit();
  });
}

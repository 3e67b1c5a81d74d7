// A form, or the button that sends it, with `data-confirm` asks in the page's dialog before it is sent.
export function startConfirm() {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  let waiting = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asks = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asks.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    waiting = { form, submitter: event.submitter };
    dialog.querySelector("[data-confirm-text]").textContent = asks.dataset.confirm;
    dialog.querySelector("[data-confirm-yes]").textContent = asks.dataset.confirmYes || "Continue";
    dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    const asked = waiting;
    waiting = null;
    if (!asked || dialog.returnValue !== "yes") return;
    asked.form.dataset.confirmed = "true";
    asked.form.requestSubmit(asked.submitter);
    // who comes back to the page is asked again
    delete asked.form.dataset.confirmed;
  });
}

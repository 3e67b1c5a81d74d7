// A page whose server is away says so, instead of showing what was as if it still were.
const SAID_AFTER_MS = 4000;

export function startStale() {
  const note = document.getElementById("stale");
  if (!note) return;
  let timer = 0;
  const live = (event) => event.detail.elt.dataset?.live !== undefined;
  const lost = (event) => {
    if (live(event)) timer ||= setTimeout(() => (note.hidden = false), SAID_AFTER_MS);
  };
  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:timeout", lost);
  document.addEventListener("htmx:responseError", (event) => event.detail.xhr.status >= 502 && lost(event));
  document.addEventListener("htmx:afterOnLoad", () => {
    clearTimeout(timer);
    timer = 0;
    note.hidden = true;
  });
}

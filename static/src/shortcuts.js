// Keys: `?` lists them, `n` a new build, `/` the search, `g` then a letter goes somewhere. Never while somebody types.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

export function startShortcuts() {
  let after = "";
  let timer = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = after ? `${after} ${event.key}` : event.key;
    after = "";
    clearTimeout(timer);
    if (event.key === "g") {
      after = "g";
      timer = setTimeout(() => (after = ""), 1200);
      return;
    }
    if (key === "?") {
      document.getElementById("shortcuts")?.showModal();
      event.preventDefault();
      return;
    }
    const target = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input, textarea")) target.focus();
    else target.click();
  });
}

// What a person opened or scrolled survives the exchange of a live part.
function atEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 24;
}

export function startKeep() {
  let kept = [];
  let open = [];
  const follow = () => {
    for (const element of document.querySelectorAll("[data-follow]")) element.scrollTop = element.scrollHeight;
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    kept = [...target.querySelectorAll("[data-keep-scroll][id]")].map((element) => ({
      id: element.id,
      left: element.scrollLeft,
      top: element.scrollTop,
      end: element.hasAttribute("data-follow") && atEnd(element),
    }));
    open = [...target.querySelectorAll("details[id]")].map((element) => [element.id, element.open]);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, wasOpen] of open) {
      const element = document.getElementById(id);
      if (element) element.open = wasOpen;
    }
    for (const { id, left, top, end } of kept) {
      const element = document.getElementById(id);
      if (!element) continue;
      element.scrollLeft = left;
      element.scrollTop = end ? element.scrollHeight : top;
    }
    open = kept = [];
  });
  follow();
}

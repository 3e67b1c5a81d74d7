// What a person opened, scrolled or typed survives the exchange of a live part.
function atEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 24;
}

export function startKeep() {
  let kept = [];
  let open = [];
  let typed = [];
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
    typed = [...target.querySelectorAll("[data-keep][id]")].map((element) => ({
      id: element.id,
      value: element.value,
      focus: element === document.activeElement,
      from: element.selectionStart,
      to: element.selectionEnd,
    }));
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
    for (const { id, value, focus, from, to } of typed) {
      const element = document.getElementById(id);
      if (!element) continue;
      if (value) element.value = value;
      if (!focus) continue;
      element.focus({ preventScroll: true });
      element.setSelectionRange(from, to);
    }
    open = kept = typed = [];
  });
  follow();
}

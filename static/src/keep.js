// What a person opened, scrolled, typed or stands on survives the exchange of a live part.
function atEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 24;
}

// What a link or a button is, whatever its words say by now.
function identity(element) {
  const place = element.getAttribute("href") ?? element.closest("form")?.getAttribute("action") ?? "";
  return [element.tagName, element.id, element.getAttribute("name"), element.getAttribute("value"), place].join(" ");
}

export function startKeep() {
  let stood = "";
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
    const active = document.activeElement;
    stood = target.contains(active) && active.matches("a, button, summary") ? identity(active) : "";
    typed = [...target.querySelectorAll("[data-keep][id]")].map((element) => ({
      id: element.id,
      value: element.value,
      focus: element === document.activeElement,
      // a person may have drawn a text area larger
      width: element.style.width,
      height: element.style.height,
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
    for (const { id, value, focus, width, height, from, to } of typed) {
      const element = document.getElementById(id);
      if (!element) continue;
      if (value) element.value = value;
      if (width) element.style.width = width;
      if (height) element.style.height = height;
      if (!focus) continue;
      element.focus({ preventScroll: true });
      element.setSelectionRange(from, to);
    }
    if (stood && (document.activeElement ?? document.body) === document.body) {
      const again = [...document.querySelectorAll("a, button, summary")].find((element) => identity(element) === stood);
      again?.focus({ preventScroll: true });
    }
    stood = "";
    open = kept = typed = [];
  });
  follow();
}

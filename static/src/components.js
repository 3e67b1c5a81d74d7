import { editor } from "./editor.js";

// Small pieces of state, for Alpine's build without eval: expressions are only names.
export function registerComponents(Alpine) {
  // Rows of key and value in the form of a new build.
  Alpine.data("pairs", () => ({
    add() {
      const template = this.$root.querySelector("template[data-row]");
      this.$refs.rows.append(template.content.cloneNode(true));
      this.$refs.rows.lastElementChild.querySelector("input").focus();
    },
    remove(event) {
      this.$refs.add.focus();
      event.target.closest("[data-pair]").remove();
    },
  }));

  // An idea to click: it fills the text.
  Alpine.data("examples", () => ({
    use(event) {
      const idea = document.getElementById("id_idea");
      idea.value = event.currentTarget.dataset.idea;
      idea.focus();
    },
  }));

  // A secret that is shown once: one click copies it.
  Alpine.data("copy", () => ({
    label: "Copy",
    async copy() {
      const source = this.$root.querySelector("[data-copy]");
      try {
        await navigator.clipboard.writeText(source.value ?? source.textContent);
        this.label = "Copied";
      } catch {
        source.select?.();
        this.label = "Press Ctrl+C";
      }
    },
  }));

  Alpine.data("editor", editor);

  // A menu on a details element: Escape and a click elsewhere close it.
  Alpine.data("menu", () => ({
    close() {
      this.$root.open = false;
    },
    escape() {
      if (!this.$root.open) return;
      this.$root.open = false;
      this.$root.querySelector("summary").focus();
    },
  }));
}

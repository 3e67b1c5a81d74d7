// The text of a Spec: line numbers beside it, a way to the line at fault, a question before typed text is lost.
export function editor() {
  return {
    dirty: false,
    init() {
      this.number();
      addEventListener("beforeunload", (event) => {
        if (this.dirty) event.preventDefault();
      });
    },
    changed() {
      this.dirty = true;
      this.number();
    },
    saving() {
      this.dirty = false;
    },
    number() {
      const count = this.$refs.text.value.split("\n").length;
      this.$refs.lines.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
      this.follow();
    },
    follow() {
      this.$refs.lines.scrollTop = this.$refs.text.scrollTop;
    },
    go(event) {
      const text = this.$refs.text;
      const lines = text.value.split("\n");
      const line = Math.min(Number(event.currentTarget.dataset.line), lines.length);
      const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      text.focus();
      text.setSelectionRange(start, start + lines[line - 1].length);
      text.scrollTop = (line - 4) * parseFloat(getComputedStyle(text).lineHeight);
      text.scrollLeft = 0;
    },
  };
}

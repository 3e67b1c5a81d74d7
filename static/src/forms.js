// After a refused form the first field at fault has the focus, so that nobody has to look for it; what the whole form is
// told comes before the fields.
export function startForms() {
  const told = document.querySelector("main .form-errors");
  const wrong = document.querySelector('main [aria-invalid="true"]');
  if (told && !wrong) told.tabIndex = -1;
  (wrong ?? told)?.focus();
}

/* Keys of a review: k keeps, r removes (or asks for the reason first), s comes back later.
   The page works without them; they can be switched off, and rest while a field is typed in. */
(() => {
  const SWITCH = "pact-review-keys";
  const form = document.querySelector("[data-review]");
  const box = document.querySelector("[data-review-keys]");
  if (!form || !box) return;
  const label = document.querySelector("[data-review-keys-label]");
  label.hidden = false;
  box.checked = localStorage.getItem(SWITCH) !== "off";
  box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("textarea, select, input:not([type=checkbox])")) return;
    const target = form.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    const reason = form.querySelector("textarea");
    if (event.key === "r" && reason && !reason.value.trim()) return reason.focus();
    target.click();
  });
})();

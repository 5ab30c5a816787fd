// The reader's own choice of light or dark, kept in this browser. Loaded before the page is drawn;
// without JavaScript the system's wish decides and the button stays hidden.
(() => {
  "use strict";
  const root = document.documentElement;
  const KEY = "pact-theme";

  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the choice then lasts for one page
    }
  };

  const shown = () =>
    root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  const choose = (theme) => {
    root.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      return;
    }
  };

  const early = stored();
  if (early === "light" || early === "dark") root.dataset.theme = early;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    const mark = () => button.setAttribute("aria-pressed", String(shown() === "dark"));
    button.hidden = false;
    mark();
    button.addEventListener("click", () => {
      choose(shown() === "dark" ? "light" : "dark");
      mark();
      document.dispatchEvent(new CustomEvent("pact:theme", { detail: shown() }));
    });
  });
})();

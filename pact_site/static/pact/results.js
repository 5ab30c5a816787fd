// The only thing a results page needs a script for: copying the citation.
(() => {
  "use strict";
  const button = document.querySelector("[data-copy]");
  if (!button || !navigator.clipboard) return;
  const text = button.parentElement.querySelector("code").textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  });
})();

/* The copy button of the completion page. The page is whole without it. */
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const status = document.querySelector("[data-copy-status]");
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent.trim());
    status.textContent = button.dataset.copied;
  });
}

/* How a page is filled in, where the study keeps that: counts only, never what is typed. */
for (const holder of document.querySelectorAll("[data-paradata]")) {
  const form = holder.closest("form");
  const counts = { changes: 0, blurs: 0, pasted_characters: 0 };
  let visible = 0;
  let since = document.hidden ? null : performance.now();
  const pause = () => {
    if (since !== null) visible += performance.now() - since;
    since = null;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      pause();
      counts.blurs += 1;
    } else since = performance.now();
  });
  form.addEventListener("change", () => (counts.changes += 1));
  form.addEventListener("paste", (event) => {
    counts.pasted_characters += event.clipboardData.getData("text").length;
  });
  form.addEventListener("submit", () => {
    pause();
    for (const [name, value] of Object.entries(counts)) form.elements[name].value = value;
    form.elements.visible_seconds.value = (visible / 1000).toFixed(1);
  });
}

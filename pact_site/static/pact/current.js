// Rows of links that scroll sideways on a phone begin where the reader is; a form that was refused
// at the first field to mend, which then says what is wrong with it.
document.addEventListener("DOMContentLoaded", () => {
  for (const link of document.querySelectorAll(".tabs [aria-current], .site-nav [aria-current]")) {
    const row = link.parentElement;
    row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.clientWidth) / 2;
  }
  document.querySelector("main form[method=post] [aria-invalid=true]")?.focus();
});

// Rows of links that scroll sideways on a phone begin where the reader is.
document.addEventListener("DOMContentLoaded", () => {
  for (const link of document.querySelectorAll(".tabs [aria-current], .site-nav [aria-current]")) {
    const row = link.parentElement;
    row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.clientWidth) / 2;
  }
});

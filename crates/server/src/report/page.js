// Filters the rows of a section by their text, and opens everything for printing. The page says the same without it.
"use strict";
for (const field of document.querySelectorAll("input[data-filter]")) {
  const section = document.getElementById(field.dataset.filter);
  field.closest(".filter").hidden = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of section.querySelectorAll("tbody tr")) row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
    for (const part of section.querySelectorAll("details")) {
      part.hidden = !part.querySelector("tbody tr:not([hidden])");
      if (wanted !== "" && !part.hidden) part.open = true;
    }
  });
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));

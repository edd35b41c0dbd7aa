// The page on which a whole call is prepared: only the amounts of grants are in the sums, also while outcomes are chosen.
"use strict";
for (const select of document.querySelectorAll("[data-outcome]")) {
  select.addEventListener("change", () => {
    const counts = select.value === "grant" ? "grant" : "none";
    for (const input of document.querySelectorAll(`[data-cell*=":${select.dataset.outcome}:"]`)) {
      input.dataset.cell = `${counts}:${input.dataset.cell.split(":").slice(1).join(":")}`;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}

// An item of a panel's meeting, written in by several at once: what somebody else has saved is taken into the fields that nobody
// here has typed in since. What is being typed is left alone; if it differs from what was saved, saving it says so.
"use strict";

(() => {
  const touched = new Set();
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  form.addEventListener("input", (event) => touched.add(event.target.name));

  function take(place) {
    const name = place.dataset.now;
    const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    const holder = fields[0]?.closest("[data-version]");
    if (!holder || holder.dataset.version === place.dataset.version) return;
    if (touched.has(name) || fields.includes(document.activeElement)) return;
    for (const field of fields) {
      if (field.type === "radio") field.checked = field.value === place.dataset.raw;
      else field.value = place.dataset.raw;
    }
    holder.dataset.version = place.dataset.version;
    const carried = holder.querySelector(":scope > input[type=hidden]"); // goes with the whole form
    if (carried) carried.value = place.dataset.version;
  }

  // a field whose text has been saved is nobody's again when one leaves it
  form.addEventListener("focusout", (event) => {
    const name = event.target.name;
    const saved = () => {
      document.removeEventListener("anslag:saved", saved);
      touched.delete(name);
    };
    if (touched.has(name)) document.addEventListener("anslag:saved", saved);
  });
  document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("[data-panel-now] [data-now]").forEach(take));
})();

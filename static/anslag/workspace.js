// The workspace works without this file. It shows questions that an answer calls for, says when a text is too long,
// and computes shares and own financing.
"use strict";

(() => {
  const NBSP = "\u00a0";
  const english = document.documentElement.lang.startsWith("en");

  // -- Questions that depend on an answer: [data-show-if="field"][data-equals="a b"]
  function chosen(form, name) {
    return new FormData(form).getAll(name);
  }
  function showDependent(form) {
    for (const place of form.querySelectorAll("[data-show-if]")) {
      const name = place.dataset.showIf;
      if (!form.querySelector(`[name="${CSS.escape(name)}"]`)) continue; // the question stands on another step
      const wanted = place.dataset.equals.split(" ");
      place.hidden = !chosen(form, name).some((value) => wanted.includes(value));
    }
  }

  // -- Too long: [data-over-of="field"] beside the counter of components/counter.html
  function sayTooLong(fault) {
    const area = document.getElementById(fault.dataset.overOf);
    const counter = document.querySelector(`[data-counter="${CSS.escape(area.id)}"] [data-n]`);
    const over = Number(counter?.textContent ?? 0) - Number(area.dataset.limit);
    fault.hidden = over <= 0;
    fault.textContent = over > 0 ? fault.dataset.over.replace("{n}", over) : "";
    area.toggleAttribute("aria-invalid", over > 0);
    if (over > 0) area.setAttribute("aria-invalid", "true");
    const others = (area.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== fault.id);
    area.setAttribute("aria-describedby", [...others, ...(over > 0 ? [fault.id] : [])].join(" "));
    if (!area.getAttribute("aria-describedby")) area.removeAttribute("aria-describedby");
  }

  for (const form of document.querySelectorAll("form[data-autosave]")) {
    form.addEventListener("change", () => showDependent(form));
    form.addEventListener("input", (event) => {
      const fault = form.querySelector(`[data-over-of="${CSS.escape(event.target.id)}"]`);
      if (fault) sayTooLong(fault);
    });
    showDependent(form);
  }

  // -- Budget: [data-share="party"] and [data-own="party"] out of the cells that anslag.js adds up; "*" is the project
  function ore(text) {
    let bare = text.replace(/[\s\u00a0\u202f]|kr|sek/gi, "");
    if (/^-?\d{1,3}(,\d{3})+(\.\d{1,2})?$/.test(bare)) bare = bare.replaceAll(",", "");
    else if (/^-?\d{1,3}(\.\d{3})+(,\d{1,2})?$/.test(bare)) bare = bare.replaceAll(".", "");
    bare = bare.replace(",", ".");
    return /^\d+(\.\d+)?$/.test(bare) ? Math.round(Number(bare) * 100) : 0;
  }
  function sum(kind, party) {
    let total = 0;
    for (const cell of document.querySelectorAll(`[data-cell^="${kind}:"]`)) {
      if (party === "*" || cell.dataset.cell.split(":")[1] === party) total += ore(cell.value);
    }
    return total;
  }
  function share(part, whole) {
    const text = String(whole ? Math.round((10000 * part) / whole) / 100 : 0);
    return english ? `${text}%` : `${text.replace(".", ",")}${NBSP}%`;
  }
  function kronor(amount) {
    const [whole, rest] = [Math.trunc(Math.abs(amount) / 100), Math.abs(amount) % 100];
    const apart = String(whole).replace(/\B(?=(\d{3})+$)/g, english ? "," : NBSP);
    const cents = rest ? (english ? "." : ",") + String(rest).padStart(2, "0") : "";
    const sign = amount < 0 ? "\u2212" : "";
    return english ? `${sign}SEK${NBSP}${apart}${cents}` : `${sign}${apart}${cents}${NBSP}kr`;
  }
  function compute() {
    for (const place of document.querySelectorAll("[data-share]")) {
      place.textContent = share(sum("applied", place.dataset.share), sum("cost", place.dataset.share));
    }
    for (const place of document.querySelectorAll("[data-own]")) {
      place.textContent = kronor(sum("cost", place.dataset.own) - sum("applied", place.dataset.own));
    }
  }
  if (document.querySelector("[data-cell]")) {
    document.addEventListener("input", (event) => event.target.matches("[data-cell]") && compute());
  }

  // -- A link to a field inside a folded part opens it
  function unfold() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let place = target; place; place = place.parentElement) if (place.matches("details")) place.open = true;
    target?.scrollIntoView();
  }
  window.addEventListener("hashchange", unfold);
  if (location.hash) unfold();
})();

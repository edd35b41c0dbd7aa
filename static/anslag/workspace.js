// The workspace works without this file. It shows questions that answers call for, says when values do not agree and when
// a text is too long, and computes shares and own financing.
"use strict";

(() => {
  const NBSP = "\u00a0";
  const english = document.documentElement.lang.startsWith("en");

  const { ore, decimal, months, holds, disagrees } = globalThis.anslag; // values.js

  // -- What conditions and checks ask about: what stands on the page, else what the server knows (json_script "ws-known")
  const known = JSON.parse(document.getElementById("ws-known")?.textContent ?? "{}");
  function given(form) {
    const find = (name) => form.querySelector(`[name="${CSS.escape(name)}"]`);
    return {
      texts(name) {
        const control = find(name);
        if (!control) return known.texts?.[name] ?? [];
        return control.closest("[data-show-if]")?.hidden ? [] : new FormData(form).getAll(name);
      },
      fact(name) {
        const dates = ["starts_on", "ends_on"].map(find);
        if (name === "project.months" && dates.every(Boolean)) return months(...dates.map((date) => date.value));
        const text = known.facts?.[name];
        return typeof text === "string" ? decimal(text) : null;
      },
    };
  }

  // -- Questions that are shown on a condition: [data-show-if="{…}"], in the order of the page; a hidden one has no answer
  // -- Values that must agree: [data-check="{…}"] holds the text that is told while they do not
  function follow(form) {
    const values = given(form);
    for (const place of form.querySelectorAll("[data-show-if]")) {
      place.hidden = !holds(JSON.parse(place.dataset.showIf), values);
    }
    for (const place of form.querySelectorAll("[data-check]")) {
      const told = place.firstElementChild;
      told.hidden = !disagrees(JSON.parse(place.dataset.check), values);
      describe(document.getElementById(place.dataset.checkOf), told.id, !told.hidden);
    }
  }
  function describe(control, id, isDescribed) {
    const others = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== id);
    const ids = [...others, ...(isDescribed ? [id] : [])].join(" ");
    if (ids) control.setAttribute("aria-describedby", ids);
    else control.removeAttribute("aria-describedby");
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
    describe(area, fault.id, over > 0);
  }

  for (const form of document.querySelectorAll("form[data-autosave]")) {
    form.addEventListener("change", () => follow(form));
    form.addEventListener("input", (event) => {
      follow(form);
      const fault = form.querySelector(`[data-over-of="${CSS.escape(event.target.id)}"]`);
      if (fault) sayTooLong(fault);
    });
    follow(form);
  }

  // -- Budget: [data-share="party"] and [data-own="party"] out of the cells that anslag.js adds up; "*" is the project
  function sum(kind, party) {
    let total = 0;
    for (const cell of document.querySelectorAll(`[data-cell^="${kind}:"]`)) {
      if (party === "*" || cell.dataset.cell.split(":")[1] === party) total += Number(ore(cell.value) ?? 0);
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

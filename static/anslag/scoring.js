// The score sheet by keyboard, and what else a reviewer has use of beside the form. The sheet works without this file.
// Keys are heard only outside fields where one writes, never with Ctrl or Meta, and can be switched off (WCAG 2.1.4).
"use strict";

(() => {
  const sheet = document.querySelector("form[data-sheet]");
  if (!sheet) return;
  const OFF = "anslag-keys-off";
  const criteria = [...sheet.querySelectorAll("details[data-criterion]")];

  // what the browser keeps is a convenience: without it everything works the same
  const kept = {
    get: (name) => {
      try {
        return localStorage.getItem(name);
      } catch {
        return null;
      }
    },
    set: (name, value) => {
      try {
        if (value === null) localStorage.removeItem(name);
        else localStorage.setItem(name, value);
      } catch {
        // it is forgotten when the page is left
      }
    },
  };

  const reasonOf = (place) => place.querySelector("textarea");

  // -- Which criterion one is at: the one with the focus, else the one that had it last
  let current = criteria.find((place) => place.matches("[data-resume]")) ?? criteria.find(isUnscored) ?? criteria[0];
  sheet.addEventListener("focusin", (event) => {
    const place = event.target.closest("details[data-criterion]");
    if (place) mark(place);
  });
  function mark(place) {
    current = place;
    for (const link of sheet.querySelectorAll(".an-crits a")) {
      if (link.hash === `#${place.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
  function go(place) {
    if (!place) return;
    place.open = true;
    mark(place);
    place.querySelector("summary").focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  }
  function isUnscored(place) {
    const reason = reasonOf(place);
    const length = [...globalThis.anslag.stored(reason.value)].length;
    const isUnfit = length < Number(reason.dataset.minimum ?? 0) || length > Number(reason.dataset.limit ?? Infinity);
    return isUnfit || !place.querySelector("input[type=radio]:checked");
  }
  function nextUnscored() {
    const isThere = current?.contains(document.activeElement);
    const at = criteria.indexOf(current) - (isThere ? 0 : 1); // who has not begun begins with the one at hand
    const later = [...criteria.slice(at + 1), ...criteria.slice(0, at + 1)];
    return later.find(isUnscored);
  }
  function choose(value) {
    const box = current?.querySelector(`input[type=radio][value="${CSS.escape(value)}"]`);
    if (!box) return false;
    current.open = true;
    box.checked = true;
    box.focus({ preventScroll: true });
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  // -- Keys
  const KEYS = {
    j: () => go(criteria[Math.min(criteria.length - 1, criteria.indexOf(current) + 1)]),
    k: () => go(criteria[Math.max(0, criteria.indexOf(current) - 1)]),
    n: () => {
      const next = nextUnscored();
      if (next) go(next);
      else (sheet.querySelector("[name=recommendation]:checked") ?? sheet.querySelector("[name=recommendation]")).focus();
    },
    s: () => {
      if (!current) return;
      current.open = true;
      reasonOf(current).focus();
    },
    g: () => sheet.requestSubmit(sheet.querySelector("button[name=do][value=lodge]")),
  };
  const isWriting = (place) =>
    place.isContentEditable || place.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])");
  document.addEventListener("keydown", (event) => {
    if (kept.get(OFF) || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return;
    const place = event.target;
    if (isWriting(place)) {
      // leaving a text for its criterion takes nothing from whoever writes
      if (event.key === "Escape" && criteria.some((one) => one.contains(place))) go(place.closest("details[data-criterion]"));
      return;
    }
    if (event.altKey) {
      const step = { ArrowDown: KEYS.j, ArrowUp: KEYS.k }[event.key];
      if (step) {
        event.preventDefault();
        step();
      }
      return;
    }
    const step = KEYS[event.key];
    const isElsewhere = sheet.contains(place) && !place.closest("details[data-criterion]");
    if (!step && (isElsewhere || !/^\d$/.test(event.key) || !choose(event.key))) return;
    event.preventDefault();
    step?.();
  });
  const help = document.querySelector("[data-keys]");
  if (help) {
    help.hidden = false;
    const box = help.querySelector("input[type=checkbox]");
    box.checked = !kept.get(OFF);
    box.addEventListener("change", () => kept.set(OFF, box.checked ? null : "1"));
  }

  // -- A link to a criterion opens it
  function unfold() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const place = target?.closest("details[data-criterion]");
    if (!place) return;
    if (target === place) go(place);
    else place.open = true;
  }
  window.addEventListener("hashchange", unfold);
  sheet.addEventListener("click", (event) => event.target.closest(".an-crits a, [data-next]") && setTimeout(unfold));
  // the browser goes to the place in the address itself when the page has come, and takes the focus with it
  if (location.hash) window.addEventListener("load", () => setTimeout(unfold));
  else if (current?.matches("[data-resume]")) go(current);
  else if (current) mark(current);

  // -- A quotation: what is marked in the application, into the reason of the criterion one is at
  const reading = document.querySelector("[data-reading]");
  const quote = document.querySelector("[data-quote]");
  if (reading && quote) {
    quote.hidden = false;
    const marked = () => {
      const found = document.getSelection();
      return found.rangeCount && reading.contains(found.getRangeAt(0).commonAncestorContainer) ? found.toString().trim() : "";
    };
    document.addEventListener("selectionchange", () => quote.setAttribute("aria-disabled", String(!marked())));
    quote.addEventListener("mousedown", (event) => event.preventDefault()); // or the mark would be gone
    quote.addEventListener("click", () => {
      const text = marked().replace(/\s+/g, " ");
      if (!text || !current) return;
      const area = reasonOf(current);
      const before = area.value.slice(0, area.selectionEnd);
      area.setRangeText(`${before && !/\s$/.test(before) ? " " : ""}”${text}” `, area.selectionEnd, area.selectionEnd, "end");
      current.open = true;
      area.focus();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  // -- Which parts of the application one has had before one's eyes, in this browser
  const name = `anslag-read-${sheet.dataset.sheet}`;
  const read = new Set((kept.get(name) ?? "").split(" ").filter(Boolean));
  const links = new Map([...document.querySelectorAll("[data-part]")].map((link) => [link.hash.slice(1), link]));
  const tick = (id) => {
    const sign = links.get(id)?.querySelector("[data-read]");
    if (sign) sign.hidden = false;
  };
  read.forEach(tick);
  if ("IntersectionObserver" in window) {
    const eyes = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) {
        const id = target.dataset.endOf;
        if (!isIntersecting || read.has(id)) continue;
        read.add(id);
        tick(id);
        kept.set(name, [...read].join(" "));
      }
    });
    document.querySelectorAll("[data-end-of]").forEach((end) => eyes.observe(end));
  }
})();

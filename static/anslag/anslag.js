// Anslag works without this file. It saves while people write, counts as they write, adds up budgets and stops double sending.
"use strict";

(() => {
  const words = document.body.dataset;
  const NBSP = "\u00a0";
  const english = document.documentElement.lang.startsWith("en");
  const say = (text, time) => text.replace("{time}", time);

  const { stored, ore } = globalThis.anslag; // values.js

  // -- Counters: textarea[data-limit] and [data-counter="its id"] (components/counter.html)
  function count(area) {
    const counter = document.querySelector(`[data-counter="${CSS.escape(area.id)}"]`);
    if (!counter) return;
    const limit = Number(area.dataset.limit);
    const n = [...stored(area.value)].length;
    counter.querySelector("[data-n]").textContent = n;
    counter.querySelector(".an-count").classList.toggle("is-over", n > limit);
    const meter = counter.querySelector("svg.an-meter");
    meter?.classList.toggle("an-meter--over", n > limit);
    const lack = counter.querySelector("[data-lack]");
    const left = Number(area.dataset.minimum ?? 0) - n;
    if (lack) lack.hidden = !n || left <= 0;
    if (lack && left > 0) lack.textContent = lack.dataset.lackText.replace("{n}", left);
    meter?.firstElementChild.setAttribute("width", `${Math.min(100, Math.round((100 * n) / limit))}%`);
  }

  // -- Budget: input[data-cell="party:type:year"] into [data-sum="party:*:*"], kronor in and out
  function written(amount) {
    const [whole, rest] = [Math.trunc(Math.abs(amount) / 100), Math.abs(amount) % 100];
    const apart = String(whole).replace(/\B(?=(\d{3})+$)/g, english ? "," : NBSP);
    const cents = rest ? (english ? "." : ",") + String(rest).padStart(2, "0") : "";
    return (amount < 0 ? "\u2212" : "") + apart + cents;
  }
  function addUp() {
    const cells = [...document.querySelectorAll("[data-cell]")].map((input) => [input.dataset.cell.split(":"), Number(ore(input.value) ?? 0)]);
    for (const sum of document.querySelectorAll("[data-sum]")) {
      const wanted = sum.dataset.sum.split(":");
      const inIt = cells.filter(([key]) => wanted.every((part, i) => part === "*" || part === key[i]));
      sum.textContent = written(inIt.reduce((total, [, amount]) => total + amount, 0));
    }
  }

  // -- Saving while writing: form[data-autosave="address"]. Sends name, value (once per chosen box) and version;
  //    the answer is {saved_at: "14.02", version: 7}, or 409 with {conflict: true, html: "…"}. What is wrong with a text that
  //    is kept comes as fault (in a table as cells: [{id, text}]), and with 422 for one that is not; note is markup for [data-note-of="field"].
  class Autosave {
    constructor(form) {
      this.form = form;
      this.status = document.querySelector("[data-save-status]");
      this.last = this.status?.dataset.saved || "";
      this.waiting = new Map(); // field name -> timer, or null while it is being sent
      this.dirty = new Set();
      this.unkept = new Map(); // name of a field whose text the server does not hold -> the field
      this.faults = new Set(); // names of fields that are kept with something wrong in them
      this.answered = new Map(); // field name -> what the server last answered about: leaving a field is no new writing
      this.busy = Promise.resolve();
      this.underway = 0;
      this.pause = 2000;
      form.addEventListener("input", (event) => this.later(event.target, 800));
      form.addEventListener("change", (event) => this.later(event.target, event.target.matches("textarea, [type=text]") ? 800 : 0));
      form.addEventListener("focusout", (event) => this.dirty.has(event.target.name) && this.later(event.target, 0));
      form.addEventListener("submit", (event) => {
        this.dirty.clear();
        this.unkept.clear();
        for (const timer of this.waiting.values()) clearTimeout(timer);
        if (!this.underway) return;
        // an answer that is on its way is waited for: the form carries the version that it leads to
        event.preventDefault();
        this.busy.then(() => this.resend(event.submitter));
      });
      window.addEventListener("beforeunload", (event) => (this.dirty.size || this.unkept.size) && event.preventDefault());
      window.addEventListener("online", () => this.again());
    }

    later(field, wait) {
      if (!field.name || field.type === "file" || field.type === "hidden" || field.closest("[data-no-autosave]")) return;
      this.dirty.add(field.name);
      clearTimeout(this.waiting.get(field.name));
      this.waiting.set(
        field.name,
        setTimeout(() => (this.busy = this.busy.then(() => this.send(field))), wait),
      );
    }

    resend(by) {
      // the buttons of a conflict are drawn anew; when they offer something else by now, they are read first
      const mark = by && !this.form.contains(by) ? `button[name="${CSS.escape(by.name)}"][value="${CSS.escape(by.value)}"]` : "";
      const button = mark ? this.form.querySelector(mark) : by;
      if (button || !by) this.form.requestSubmit(button);
    }

    again() {
      for (const name of this.dirty) {
        const field = this.form.querySelector(`[name="${CSS.escape(name)}"]`);
        if (field) this.later(field, 0);
      }
    }

    async send(field) {
      if (!this.dirty.has(field.name)) return;
      const holder = field.closest("[data-version]");
      const body = new FormData();
      const values = new FormData(this.form).getAll(field.name);
      body.append("name", field.name);
      for (const value of values) body.append("value", value);
      body.append("version", holder?.dataset.version ?? "");
      const drawn = this.form.querySelector(":scope > input[name=drawn]"); // with which version of the call
      if (drawn) body.append("drawn", drawn.value);
      this.dirty.delete(field.name);
      const written = JSON.stringify([values, holder?.dataset.version]);
      if (this.answered.get(field.name) === written) return;
      this.answered.delete(field.name); // until the answer has been read nobody knows what the server holds
      this.underway += 1;
      try {
        const answer = await fetch(this.form.dataset.autosave, {
          method: "POST",
          body,
          redirect: "manual", // a session that is over leads to the page for signing in, where nothing is saved
          headers: {
            "X-CSRFToken": this.form.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "",
            Accept: "application/json",
          },
        });
        if (answer.status === 409) {
          const told = await answer.json();
          this.answered.set(field.name, written);
          this.unkept.set(field.name, field);
          return this.conflict(field, told);
        }
        if (answer.status === 422) {
          const told = await answer.json();
          this.answered.set(field.name, written);
          this.unkept.set(field.name, field);
          return this.faulty(field, told.fault, words.tUnfit);
        }
        if (!answer.ok) throw new Error(String(answer.status));
        const { saved_at: savedAt, version, fault, note, cells } = await answer.json();
        if (holder && version !== undefined) {
          holder.dataset.version = version;
          const carried = holder.querySelector(":scope > input[type=hidden]"); // goes with the whole form
          if (carried) carried.value = version;
        }
        this.answered.set(field.name, JSON.stringify([values, holder?.dataset.version]));
        document.dispatchEvent(new CustomEvent("anslag:saved")); // live.js looks what is left now
        this.last = savedAt;
        this.pause = 2000;
        const place = document.querySelector(`[data-note-of="${CSS.escape(field.name)}"]`);
        if (place && note !== undefined) place.innerHTML = note;
        this.unkept.delete(field.name);
        this.conflictOf(field)?.remove();
        if (cells) this.markCells(field.name, cells);
        if (cells?.length || fault) this.faults.add(field.name);
        else this.faults.delete(field.name);
        if (!cells?.length) fault ? this.faulty(field, fault) : this.faultless(field); // wrong cells are listed already
        this.sum(savedAt);
      } catch {
        this.dirty.add(field.name);
        this.tell("failed", this.last ? say(words.tFailed, this.last) : words.tNever);
        setTimeout(() => this.again(), this.pause);
        this.pause = Math.min(60000, this.pause * 2);
      } finally {
        this.underway -= 1;
      }
    }

    // how the whole form stands when one of its fields has been saved: what is not kept comes before what is wrong
    sum(savedAt) {
      const [lost] = this.unkept.values();
      if (lost) {
        const link = document.createElement("a");
        Object.assign(link, { href: `#${lost.id}`, className: "ds-link", textContent: this.nameOf(lost) });
        this.tell("failed", words.tPartly, link);
      } else if (this.faults.size) this.tell("failed", say(words.tFaulty, savedAt));
      else if (!this.dirty.size) this.tell("saved", say(words.tSaved, savedAt));
    }

    // what a field is called where one reads: its part of the form, if that can be folded, and its label
    nameOf(field) {
      const label = field.matches("[type=radio]") ? field.closest("fieldset")?.querySelector("legend") : field.labels?.[0];
      const parts = [field.closest("details")?.querySelector("summary > b"), label];
      return parts.map((part) => part?.textContent.trim().replace(/\s+/g, " ")).filter(Boolean).join(", ");
    }

    // the place for what is wrong is on the page already (id "<name>-fault"), or is made below the field
    faulty(field, text, status) {
      let place = document.getElementById(`${field.name}-fault`);
      if (!place) {
        place = document.createElement("p");
        place.id = `${field.name}-fault`;
        place.className = "ds-validation-message";
        (field.closest(".ds-field, .ds-fieldset, td") ?? field).after(place);
      }
      place.textContent = text;
      place.hidden = false;
      if (!field.matches("[type=radio], [type=checkbox]")) {
        field.setAttribute("aria-invalid", "true");
        const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== place.id);
        field.setAttribute("aria-describedby", [...others, place.id].join(" "));
      }
      if (status) this.tell("failed", status);
    }

    // a table: the cells that are wrong are marked, whichever was typed in, and listed below it with links to them
    markCells(name, wrong) {
      const list = document.getElementById(`${name}-fault`);
      list.hidden = !wrong.length;
      list.replaceChildren(
        ...wrong.map(({ id, text }) => {
          const [item, link] = ["li", "a"].map((tag) => document.createElement(tag));
          Object.assign(item, { id: `${id}-fault` }).append(Object.assign(link, { href: `#${id}`, className: "ds-link", textContent: text }));
          return item;
        }),
      );
      const ids = new Set(wrong.map(({ id }) => id));
      for (const cell of this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (!ids.has(cell.id)) ["aria-invalid", "aria-describedby"].forEach((mark) => cell.removeAttribute(mark));
        else Object.entries({ "aria-invalid": "true", "aria-describedby": `${cell.id}-fault` }).forEach((mark) => cell.setAttribute(...mark));
      }
    }

    faultless(field) {
      const place = document.getElementById(`${field.name}-fault`);
      if (!place || place.hidden) return;
      place.hidden = true;
      place.textContent = "";
      field.removeAttribute("aria-invalid");
    }

    conflictOf(field) {
      const place = field.closest(".ds-field, .ds-fieldset, td") ?? field;
      return place.parentElement.querySelector(`[data-conflict-of="${CSS.escape(field.name)}"]`);
    }

    conflict(field, answer) {
      const place = field.closest(".ds-field, .ds-fieldset, td") ?? field;
      this.conflictOf(field)?.remove();
      const box = document.createElement("div");
      box.dataset.conflictOf = field.name;
      box.setAttribute("role", "alert");
      box.innerHTML = answer.html;
      place.after(box);
      this.tell("failed", words.tConflict);
    }

    tell(state, text, link = "") {
      if (!this.status) return;
      this.status.dataset.state = state;
      const span = this.status.querySelector("span") ?? this.status;
      const whole = link ? `${text} ${link.textContent}` : text;
      if (span.textContent !== whole) span.replaceChildren(link ? `${text} ` : text, link);
      this.status.querySelector("svg")?.toggleAttribute("hidden", state === "failed");
    }
  }

  // -- form[data-unsaved] is saved by its own button only: leaving with something in it asks first
  const typed = new Set();
  document.addEventListener("input", (event) => event.target.form?.matches("[data-unsaved]") && typed.add(event.target.form));
  const opensAnother = (event) => (event.submitter?.formTarget || event.target.target) === "_blank"; // this page stays
  document.addEventListener("submit", (event) => opensAnother(event) || typed.delete(event.target));
  window.addEventListener("beforeunload", (event) => typed.size && event.preventDefault());

  // -- One click is enough: the second sending of the same form is stopped
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || opensAnother(event)) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // after the button's own name and value have been taken along
    setTimeout(() => event.submitter?.setAttribute("aria-disabled", "true"));
    setTimeout(() => release(form), 15000);
  });
  function release(form) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[aria-disabled]:not([data-refused])")) button.removeAttribute("aria-disabled");
  }
  // a page that comes back with the back button can be sent again
  window.addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form[data-sent]").forEach(release));

  // -- Start
  for (const area of document.querySelectorAll("textarea[data-limit]")) {
    area.addEventListener("input", () => count(area));
    count(area);
  }
  if (document.querySelector("[data-cell]")) {
    document.addEventListener("input", (event) => event.target.matches("[data-cell]") && addUp());
    addUp();
  }
  for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);
  // -- What goes on by itself: [data-refresh="seconds"] with an id is taken anew from the same page until it says it is over
  async function renew(old) {
    let fresh = null;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(old.id);
    } catch {
      // the next time, then
    }
    if (fresh && fresh.innerHTML !== old.innerHTML) old.replaceWith(fresh);
    else fresh = old;
    if (fresh.dataset.refresh) setTimeout(() => renew(fresh), 1000 * fresh.dataset.refresh);
  }
  for (const going of document.querySelectorAll("[data-refresh]")) setTimeout(() => renew(going), 1000 * going.dataset.refresh);

  // -- A fault in a text leads to its line in the field too: a[data-line]
  document.addEventListener("click", (event) => {
    const line = Number(event.target.closest?.("a[data-line]")?.dataset.line);
    const area = line && document.querySelector("textarea.an-code");
    if (!area) return;
    const lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 5);
  });
  document.querySelector("[data-focus]")?.focus();
  document.addEventListener("keydown", (event) => {
    // Escape closes what the header has opened
    const open = event.key === "Escape" && document.querySelector(".an-head__menu[open], .an-clock details[open]");
    if (open) {
      open.removeAttribute("open");
      open.querySelector("summary").focus();
    }
  });
})();

// A form that is saved whole while people write in it: form[data-live]. It is sent as its own button would send it, and the
// server's page comes back; what the server says there replaces what it said before, at every [data-live-part]. So the rules
// are checked in one place, and nothing that is typed is touched. Without this file the form has its button.
"use strict";

(() => {
  const words = document.body.dataset;
  const say = (text, time) => text.replace("{time}", time);

  // what the server's page says now, in place of what it said before
  function renew(page) {
    for (const part of document.querySelectorAll("[data-live-part]")) {
      const fresh = page.querySelector(`[data-live-part="${CSS.escape(part.dataset.livePart)}"]`);
      if (!fresh || part.contains(document.activeElement)) continue;
      if (part.innerHTML !== fresh.innerHTML) part.innerHTML = fresh.innerHTML;
      part.className = fresh.className;
      part.hidden = fresh.hidden;
    }
  }

  // -- Answers that are saved one by one: what is left to do is asked for when the writing pauses
  let pausing = 0;
  document.addEventListener("anslag:saved", () => {
    clearTimeout(pausing);
    pausing = setTimeout(async () => {
      try {
        const answer = await fetch(location.href, { redirect: "manual" });
        if (answer.ok) renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
      } catch {
        // the page says what it said before
      }
    }, 4000); // a whole page costs more than an answer: once for each pause, not for each answer
  });

  class LiveForm {
    constructor(form) {
      this.form = form;
      this.status = document.querySelector("[data-save-status]");
      this.last = "";
      this.dirty = false;
      this.timer = 0;
      this.underway = null;
      this.pause = 2000;
      form.addEventListener("input", () => this.later(1500));
      form.addEventListener("change", () => this.later(0));
      form.addEventListener("submit", (event) => {
        clearTimeout(this.timer);
        this.dirty = false;
        if (!this.underway) return;
        event.preventDefault(); // the marks of what the server holds come with the answer that is on its way
        this.underway.then(() => form.requestSubmit(event.submitter));
      });
      window.addEventListener("beforeunload", (event) => this.dirty && event.preventDefault());
      window.addEventListener("online", () => this.dirty && this.later(0));
    }

    later(wait) {
      this.dirty = true;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), wait);
    }

    async send() {
      if (this.underway) await this.underway;
      if (!this.dirty) return;
      this.dirty = false;
      this.underway = this.exchange();
      await this.underway;
      this.underway = null;
    }

    async exchange() {
      try {
        const body = new FormData(this.form);
        const answer = await fetch(this.form.action, {
          method: "POST",
          body,
          redirect: "manual", // a session that is over leads to the page for signing in, where nothing is saved
          headers: { "X-Live": "1" },
        });
        if (answer.status === 409) return this.differ();
        if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status));
        this.take(new DOMParser().parseFromString(await answer.text(), "text/html"), answer.ok);
        this.pause = 2000;
      } catch {
        this.dirty = true;
        this.tell("failed", this.last ? say(words.tFailed, this.last) : words.tNever);
        this.timer = setTimeout(() => this.send(), this.pause);
        this.pause = Math.min(60000, this.pause * 2);
      }
    }

    // somebody else has saved something else: the server's page lays both beside each other
    differ() {
      this.dirty = false;
      setTimeout(() => this.form.requestSubmit(this.form.querySelector("[data-live-button]")));
    }

    take(page, whole) {
      renew(page);
      for (const row of document.querySelectorAll("[data-live-class]")) {
        const fresh = page.querySelector(`[data-live-class="${CSS.escape(row.dataset.liveClass)}"]`);
        if (fresh) row.className = fresh.className;
      }
      for (const field of this.form.querySelectorAll("input[id][data-cell], input[type=hidden][name^='s-']")) {
        const mark = field.id ? `#${CSS.escape(field.id)}` : `input[type=hidden][name="${CSS.escape(field.name)}"]`;
        const fresh = page.querySelector(mark);
        if (!fresh) continue;
        if (field.type === "hidden") field.value = fresh.value;
        for (const name of ["aria-invalid", "aria-describedby"]) {
          if (fresh.hasAttribute(name)) field.setAttribute(name, fresh.getAttribute(name));
          else field.removeAttribute(name);
        }
      }
      if (!whole) return this.tell("failed", words.tUnfit);
      this.last = page.querySelector("[data-save-status]")?.dataset.saved || this.last;
      if (!this.dirty) this.tell("saved", say(words.tSaved, this.last));
    }

    tell(state, text) {
      if (!this.status) return;
      this.status.dataset.state = state;
      const span = this.status.querySelector("span") ?? this.status;
      if (span.textContent !== text) span.textContent = text;
      this.status.querySelector("svg")?.toggleAttribute("hidden", state === "failed");
    }
  }

  for (const form of document.querySelectorAll("form[data-live]")) new LiveForm(form);
})();

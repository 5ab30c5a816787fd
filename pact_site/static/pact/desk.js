/* The annotator's desk: keys, drafts saved as one goes, the next item in place, time in view.
   The page works without it as a plain form. Nothing typed is lost when a request fails. */
(() => {
  const SWITCH = "pact-desk-keys";
  const DRAFT_AFTER = 400;

  let desk, form, clock, timer, saving, busy;

  const find = (selector) => desk.querySelector(selector);
  const all = (selector) => [...desk.querySelectorAll(selector)];

  /* Time in view: it stands still while the tab is hidden. */
  class Clock {
    constructor(seconds) {
      this.before = seconds;
      this.since = document.hidden ? null : performance.now();
    }
    pause() {
      this.before = this.seconds;
      this.since = null;
    }
    go() {
      this.since ??= performance.now();
    }
    get seconds() {
      return this.before + (this.since === null ? 0 : (performance.now() - this.since) / 1000);
    }
  }

  function begin() {
    desk = document.querySelector("[data-desk]");
    form = find("[data-desk-form]");
    clock = new Clock(Number(desk.dataset.seconds) || 0);
    saving = timer = null;
    busy = false;
    desk.dataset.enhanced = "";
    for (const button of all("[data-drawer-close]")) button.hidden = false;
    const keys = find("[data-keys-switch]");
    if (keys) keys.checked = keysOn();
    if (!form) return;
    form.addEventListener("input", changed);
    form.addEventListener("submit", send);
  }

  const keysOn = () => localStorage.getItem(SWITCH) !== "off";

  function tell(kind) {
    const line = document.querySelector("[data-saved]");
    line.textContent = kind ? line.dataset[`text${kind}`] : "";
    line.classList.toggle("is-bad", kind === "Failed" || kind === "Lost" || kind === "Missing");
  }

  function answers(button) {
    const data = new FormData(form);
    data.set("seconds", clock.seconds.toFixed(1));
    if (button?.name) data.set(button.name, button.value);
    return data;
  }

  /* Drafts */

  function changed(event) {
    if (event.target.name === "skip_reason") return;
    clearTimeout(timer);
    timer = setTimeout(saveDraft, DRAFT_AFTER);
  }

  async function saveDraft() {
    timer = null;
    saving?.abort();
    const own = (saving = new AbortController());
    tell("Saving");
    try {
      const reply = await fetch(desk.dataset.draft, {
        method: "POST",
        body: answers(),
        signal: own.signal,
      });
      if (own === saving) tell(reply.ok ? "Saved" : reply.status === 409 ? "Lost" : "Failed");
    } catch (error) {
      if (error.name !== "AbortError" && own === saving) tell("Failed");
    }
  }

  function leave() {
    clock?.pause();
    if (!timer || busy) return;
    clearTimeout(timer);
    timer = null;
    navigator.sendBeacon(desk.dataset.draft, answers());
  }

  /* Sending: once at a time, and in place */

  async function send(event) {
    event.preventDefault();
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    timer = null;
    saving?.abort();
    tell("Saving");
    try {
      const reply = await fetch(form.getAttribute("action"), {
        method: "POST",
        body: answers(event.submitter),
        headers: { "X-Desk": "1" },
      });
      if (!reply.ok && reply.status !== 422) throw new Error(String(reply.status));
      if (reply.redirected) return location.assign(reply.url);
      if (reply.ok) count(event.submitter?.value);
      show(await reply.text(), reply.ok);
    } catch {
      busy = false;
      tell("Failed");
    }
  }

  /* The server sends the next item alone; how many are done is counted here until the next load. */
  function count(action) {
    const { dataset } = find("[data-progress]");
    if (action === "skip") dataset.skipped = Number(dataset.skipped) + (form.dataset.state === "open");
    else if (form.dataset.state === "skipped") dataset.skipped -= 1;
    if (action !== "skip") dataset.done = Number(dataset.done) + (form.dataset.state !== "submitted");
  }

  function drawProgress() {
    const place = find("[data-place]");
    const line = find("[data-progress]");
    const { done, skipped, total, textDone, textSkipped } = line.dataset;
    const behind = Number(done) + Number(skipped);
    line.querySelector("[data-progress-text]").textContent =
      textDone.replace("{done}", done).replace("{total}", total) +
      (Number(skipped) ? textSkipped.replace("{skipped}", skipped) : "");
    if (total) line.querySelector("progress").value = behind / total;
    if (place) place.textContent = behind + 1;
  }

  function show(html, accepted) {
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const place of template.content.querySelectorAll("[data-keep]")) {
      place.replaceWith(...all(`[data-kept=${place.dataset.keep}]`));
    }
    desk.replaceWith(template.content);
    tell();
    begin();
    drawProgress();
    if (accepted) {
      history.replaceState(null, "", form ? address() : location.href);
      window.scrollTo(0, 0);
      arrive();
    } else {
      tell("Missing");
      focusProblem();
    }
  }

  /* The address bar holds the desk itself, so that a reload shows what is open now. */
  const address = () => location.pathname.replace(/desk\/\d+\/$/, "desk/");

  function focusProblem() {
    const field = find(".criterion[aria-describedby]");
    (field ? missingIn(field) : find("#skip_reason"))?.focus();
  }

  /* Criteria */

  const criteria = () => all("[data-criterion]");
  const shown = (element) => element && element.getClientRects().length > 0;

  function isAnswered(criterion) {
    const chosen = criterion.querySelector("input[type=radio]:checked");
    const reason = criterion.querySelector(".criterion__reason input");
    return chosen && !(shown(reason) && reason.required && !reason.value.trim());
  }

  /* What a criterion still wants: a choice, or the reason for the one that is made. */
  function missingIn(criterion) {
    const reason = criterion.querySelector(".criterion__reason input");
    return criterion.querySelector(":checked") && shown(reason) ? reason : criterion.querySelector("input");
  }

  const open = () => criteria().find((criterion) => !isAnswered(criterion));

  function focusNext(options) {
    const next = open();
    const target = next ? missingIn(next) : (find("[data-submit]") ?? find("a.button, button"));
    target?.focus(options);
  }

  /* Onto a new item without scrolling: on a phone the item stands above the questions. */
  const arrive = () => focusNext({ preventScroll: true });

  function choose(key) {
    const here = document.activeElement?.closest?.("[data-criterion]") ?? open() ?? criteria()[0];
    const choice = [...(here?.querySelectorAll("input[type=radio]") ?? [])].find((one) =>
      one.dataset.keys.split(" ").includes(key),
    );
    if (!choice || choice.disabled) return false;
    choice.checked = true;
    choice.dispatchEvent(new Event("input", { bubbles: true }));
    const reason = here.querySelector(".criterion__reason input");
    if ("reason" in choice.dataset && shown(reason)) reason.focus();
    else focusNext();
    return true;
  }

  /* Keys */

  const COMMANDS = {
    u: () => find("[data-undo]")?.click(),
    t: () => find("#note")?.focus(),
    f: () => find("[name=flagged]")?.click(),
    g: () => toggle("[data-drawer]"),
    "?": () => toggle("[data-keys-help]"),
    s: () => {
      const skip = find("[data-skip]");
      if (skip) skip.open = true;
      find("#skip_reason")?.focus();
    },
  };

  function toggle(selector) {
    const details = find(selector);
    if (!details) return;
    details.open = !details.open;
    (details.open && selector === "[data-drawer]" ? details.querySelector("[role=region]") : details.querySelector("summary")).focus();
    if (details.open) details.scrollIntoView({ block: "nearest" });
    else focusNext();
  }

  function escape() {
    const drawer = find("[data-drawer]");
    if (drawer?.open) drawer.open = false;
    else if (find("[data-keys-help]")?.open) find("[data-keys-help]").open = false;
    focusNext();
  }

  function enter(event) {
    const at = document.activeElement;
    if (at.matches("textarea")) {
      if (!(event.ctrlKey || event.metaKey)) return false;
    } else if (at.matches("#skip_reason")) {
      find("[data-skip-button]").click();
      return true;
    } else if (at.closest("a, button, summary") && !at.matches("[data-submit]")) return false;
    else if (at.closest(".criterion__reason") && open()) {
      focusNext();
      return true;
    }
    const submit = find("[data-submit]");
    if (!submit) return false;
    if (open()) {
      tell("Missing");
      focusNext();
    } else form.requestSubmit(submit);
    return true;
  }

  function pressed(event) {
    if (event.defaultPrevented || event.isComposing || event.altKey || !desk?.isConnected) return;
    if (event.key === "Enter") {
      if (form && !event.repeat && enter(event)) event.preventDefault();
      else if (form && event.repeat) event.preventDefault();
      return;
    }
    if (event.key === "Escape") return escape();
    if (event.ctrlKey || event.metaKey || !keysOn()) return;
    if (document.activeElement.matches("textarea, input[type=text], select")) return;
    const key = event.key.toLowerCase();
    if (choose(key)) event.preventDefault();
    else if (COMMANDS[key]) {
      event.preventDefault();
      COMMANDS[key]();
    }
  }

  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer-close]")) escape();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-switch]")) {
      localStorage.setItem(SWITCH, event.target.checked ? "on" : "off");
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
    else clock?.go();
  });
  window.addEventListener("pagehide", leave);

  begin();
  if (form) arrive();
})();

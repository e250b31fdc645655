// Comfort only: every page works without it. Nothing here sends or stores anything.
"use strict";
const words = document.currentScript.dataset;

// Show and hide a password; hidden again when the form is sent.
for (const input of document.querySelectorAll(".secret > input")) {
  const button = document.createElement("button");
  button.type = "button";
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? words.hide : words.show;
    button.setAttribute("aria-label", visible ? words.hidePassword : words.showPassword);
  };
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));
  window.addEventListener("pageshow", () => show(false));
  show(false);
  input.after(button);
}

// Where a form was answered in place, "back" and "reload" ask for the page anew: a browser would
// offer to send the form again, or show an error of its own. Codes shown once stay while they show,
// and so does a form that waits for "confirm it's you": its fields are nowhere else. Where that one
// was sent, "back" leads to the page it came from.
const waits = document.querySelector("form[data-back]");
const askAnew = () => history.replaceState(null, "", waits ? waits.dataset.back : location.href);
const showsOnce = waits !== null || document.querySelector(".sheet") !== null;
if (!showsOnce) askAnew();

// A double click sends a form once. Nothing is disabled: where no answer came, a later click sends.
for (const form of document.forms) {
  let sent = -Infinity;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sent < 5000) return event.preventDefault();
    sent = event.timeStamp;
    if (showsOnce) askAnew();
  });
}

// Copy: browsers offer the clipboard only on https and localhost.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const label = button.textContent;
    const status = document.createElement("span");
    status.className = "unseen";
    status.setAttribute("role", "status");
    button.after(status);
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = status.textContent = words.copied;
      } catch {
        button.textContent = status.textContent = words.refused;
      }
      setTimeout(() => { button.textContent = label; status.textContent = ""; }, 4000);
    });
  }
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Times in the person's own zone, the zone in the text.
const day = { day: "numeric", month: "long", year: "numeric" };
const clock = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
const shapes = { day, clock, seconds: { ...clock, second: "2-digit" }, moment: { ...day, ...clock } };
for (const time of document.querySelectorAll("time[data-local]")) {
  const form = new Intl.DateTimeFormat(words.lang === "en" ? "en-GB" : words.lang, { ...shapes[time.dataset.local], hourCycle: "h23" });
  time.title = time.textContent;
  time.textContent = form.format(new Date(time.dateTime));
}

// Browsers that do not know autofocus on a block.
const summary = document.querySelector(".summary");
if (summary && !("autofocus" in HTMLElement.prototype)) summary.focus();

// What waited for "confirm it's you" goes on by itself, once: never again by "back" or "reload".
const onward = document.querySelector("form[data-onward]");
const came = performance.getEntriesByType("navigation")[0];
if (onward && came && came.type === "navigate") onward.requestSubmit();

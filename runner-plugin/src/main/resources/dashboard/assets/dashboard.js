// Makes pages nicer. Each page also works without it.
"use strict";
(() => {
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  /** Shows a time as the reader reads times: how long ago, with the time in their zone at hand. */
  function show(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) {
      return;
    }
    const seconds = (at.getTime() - Date.now()) / 1000;
    const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
    const text = relative.format(Math.trunc(seconds / size), unit);
    if (time.textContent !== text) {
      time.textContent = text;
    }
    time.title = `${absolute.format(at)} (${at.toISOString()})`;
  }

  function times(within) {
    within.querySelectorAll("time[datetime]:not([data-absolute])").forEach(show);
  }

  /** Hides the fields of a form that do not go with what is chosen. */
  function only(form) {
    form.querySelectorAll("[data-only]").forEach((field) => {
      const other = form.elements[`f.${field.dataset.only}`];
      const wanted = field.dataset.values ? field.dataset.values.split(" ") : [];
      const value = other ? other.value || other.dataset.default || "" : "";
      const filled = [...field.querySelectorAll("input:not([type=hidden], [type=checkbox]), select, textarea")].some((input) => input.value !== "");
      field.hidden = !filled && !(wanted.length ? wanted.includes(value) : value !== "");
    });
  }

  /** Returns whether a part of the page is in use: somebody types or selects in it. */
  function inUse(part) {
    const active = document.activeElement;
    const typing = active && part.contains(active) && active.matches("input, select, textarea");
    const selection = document.getSelection();
    const selecting = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    return typing || selecting || part.querySelector("details[open] form, dialog[open]") !== null;
  }

  document.addEventListener("DOMContentLoaded", () => {
    times(document);
    setInterval(() => times(document), 10000);
    document.querySelectorAll("form.object").forEach((form) => {
      only(form);
      form.addEventListener("change", () => only(form));
    });
    document.querySelectorAll(".filter select").forEach((select) => {
      select.addEventListener("change", () => select.form.requestSubmit());
    });
  });
  document.addEventListener("htmx:afterSwap", (event) => times(event.target.parentNode ?? document));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.requestConfig.triggeringEvent?.type.startsWith("sse:") && inUse(event.detail.target)) {
      event.detail.shouldSwap = false;
    }
  });
})();

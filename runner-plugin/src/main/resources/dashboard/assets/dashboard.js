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

  /** On paper, how long ago says nothing. */
  addEventListener("beforeprint", () => {
    document.querySelectorAll("time[datetime]:not([data-absolute])").forEach((time) => {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.getTime())) {
        time.textContent = absolute.format(at);
      }
    });
  });
  addEventListener("afterprint", () => times(document));

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

  /** Logs in with the code of a link, and takes the code out of the address and the history. */
  function followLink(form) {
    const code = new URLSearchParams(location.hash.slice(1)).get("code");
    if (code) {
      history.replaceState(null, "", location.pathname);
      form.elements.code.value = code;
      form.requestSubmit();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-link-code]").forEach(followLink);
    times(document);
    setInterval(() => times(document), 10000);
    document.querySelectorAll("form.object").forEach((form) => {
      form.addEventListener("change", () => only(form));
    });
    document.querySelectorAll(".filter select").forEach((select) => {
      select.addEventListener("change", () => select.form.requestSubmit());
    });
  });

  /** Parts of the page that are to be read again, when they are not in use. */
  const waiting = new Set();
  let stream = null;
  let left = 0;
  /** Whether each part that folds is open, by its id. */
  const open = new Map();

  function parts() {
    return [...document.querySelectorAll('[hx-trigger^="sse:"]')];
  }

  function topicOf(part) {
    return part.getAttribute("hx-trigger").slice("sse:".length);
  }

  function readAgain() {
    for (const id of waiting) {
      const part = document.getElementById(id);
      if (!part || !inUse(part)) {
        waiting.delete(id);
        if (part) {
          htmx.trigger(part, part.getAttribute("hx-trigger"));
        }
      }
    }
  }

  function changed(topic) {
    parts().filter((part) => topicOf(part) === topic).forEach((part) => waiting.add(part.id));
    readAgain();
  }

  /** Listens while the page is seen. Browsers have few connections, so hidden pages keep none. */
  function listen() {
    const topics = [...new Set(parts().map(topicOf))];
    if (document.hidden || topics.length === 0) {
      stream?.close();
      stream = null;
    } else if (!stream) {
      stream = new EventSource(`/dashboard/live?topics=${topics.join(",")}`);
      topics.forEach((topic) => stream.addEventListener(topic, () => changed(topic)));
      stream.addEventListener("ended", () => location.reload());
    }
  }

  document.addEventListener("visibilitychange", () => {
    listen();
    if (!document.hidden) {
      parts().forEach((part) => waiting.add(part.id));
      readAgain();
    }
  });
  document.addEventListener("DOMContentLoaded", () => {
    listen();
    setInterval(readAgain, 1000);
  });
  // A page in the browser's memory holds no connection.
  addEventListener("pagehide", () => {
    stream?.close();
    stream = null;
  });
  addEventListener("pageshow", listen);
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.triggeringEvent?.type.startsWith("sse:")) {
      event.detail.headers["X-Live"] = "1";
    }
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const byItself = event.detail.requestConfig.triggeringEvent?.type.startsWith("sse:");
    if (byItself && (inUse(event.detail.target) || !event.detail.xhr.responseText.includes(`id="${event.detail.target.id}"`))) {
      event.detail.shouldSwap = false;
    }
    event.detail.target.querySelectorAll?.("details[id]").forEach((part) => open.set(part.id, part.open));
    const box = event.detail.target.querySelector?.(".scroll");
    left = box ? box.scrollLeft : 0;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    times(document);
    open.forEach((state, id) => {
      const part = document.getElementById(id);
      if (part) {
        part.open = state;
      }
    });
    open.clear();
    const box = document.getElementById(event.target.id)?.querySelector(".scroll");
    if (box && left) {
      box.scrollLeft = left;
    }
  });
})();

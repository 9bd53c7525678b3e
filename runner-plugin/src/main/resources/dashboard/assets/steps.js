// Shows the steps of a test while they happen. Without it the page shows them when the test is over.
"use strict";
(() => {
  const WORDS = { ok: "The test passed", failed: "The test failed", running: "The test runs" };

  function row(list, name) {
    const samples = document.getElementById("step-samples").content;
    const known = [...list.children].find((item) => item.dataset.step === name);
    if (known) {
      return known;
    }
    const sample = [...samples.querySelectorAll("[data-step]")].find((item) => item.dataset.step === name);
    return sample ? list.appendChild(sample.cloneNode(true)) : null;
  }

  function show(list, step) {
    const item = row(list, step.step);
    if (item) {
      item.dataset.state = step.state;
      item.querySelector(".word").textContent = step.state;
      item.querySelector(".message").textContent = step.message ?? "";
      item.querySelector(".took").textContent = step.duration_ms === undefined || step.state === "skipped" ? "" : `${step.duration_ms} ms`;
    }
  }

  function verdict(section, words, took) {
    const head = section.querySelector(".verdict");
    const small = document.createElement("small");
    small.textContent = took === undefined ? "" : ` ${took} ms`;
    head.replaceChildren(words, small);
  }

  /** Handles one event. Returns whether it was the last. */
  function handle(section, name, data) {
    const list = section.querySelector(".teststeps");
    if (name === "plan") {
      data.steps.forEach((step) => row(list, step));
    } else if (name === "step") {
      show(list, data);
    } else if (name === "result") {
      verdict(section, data.ok ? WORDS.ok : WORDS.failed, data.took_ms);
      section.querySelector(".warnings").replaceChildren(...(data.warnings ?? []).map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      }));
      return true;
    } else if (name === "error") {
      verdict(section, data.error_msg);
      return true;
    }
    return false;
  }

  async function follow(section, response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    let over = false;
    for (;;) {
      const { value, done } = await reader.read();
      text += value ?? "";
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        const lines = event.split("\n");
        const name = lines.find((line) => line.startsWith("event: "));
        const data = lines.find((line) => line.startsWith("data: "));
        if (name && data) {
          over = handle(section, name.slice(7), JSON.parse(data.slice(6))) || over;
        }
      }
      if (done) {
        return over;
      }
    }
  }

  async function run(form, button) {
    const section = document.getElementById("steps");
    document.querySelectorAll("#outcome > .alert").forEach((alert) => alert.remove());
    section.querySelector(".teststeps").replaceChildren();
    section.querySelector(".warnings").replaceChildren();
    verdict(section, WORDS.running);
    section.hidden = false;
    button.disabled = true;
    try {
      const response = await fetch(form.dataset.steps, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
      if (!response.ok || !(response.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
        // The page of the server says what is wrong, or asks for a log-in.
        form.submit();
        return;
      }
      if (!(await follow(section, response))) {
        verdict(section, "The connection to the runner broke before the test was over. Test again.");
      }
    } catch {
      verdict(section, "The runner cannot be reached now. Test again.");
    } finally {
      button.disabled = false;
    }
  }

  document.querySelectorAll("form[data-steps]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(form, form.querySelector("button[type=submit]"));
    });
  });
})();

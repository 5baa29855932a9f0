// Progressive enhancement only: every page works without this file.
"use strict";

// htmx sends the CSRF token that the page's forms carry.
document.addEventListener("htmx:configRequest", (event) => {
  const field = document.querySelector("input[name=csrf_token]");
  if (field) event.detail.headers["X-CSRFToken"] = field.value;
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method === "post" && !form.hasAttribute("hx-post")) {
    form.dataset.sent = "1";
    window.addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
  }
});

// After a refused submit the summary is read first.
document.querySelector(".note--lost[role=alert]")?.focus();

// "All" check boxes, and counting what is picked.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-pick-all]");
  if (all) {
    for (const box of document.querySelectorAll(`input[name="${all.dataset.pickAll}"]`)) {
      box.checked = all.checked;
      box.closest("tr")?.classList.toggle("is-picked", all.checked);
    }
  } else if (event.target.matches("tbody input[type=checkbox]")) {
    event.target.closest("tr").classList.toggle("is-picked", event.target.checked);
  }
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

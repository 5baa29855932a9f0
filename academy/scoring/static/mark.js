// Marking by keyboard: 1–4 pick a level, arrows add and take a step, Tab goes on, Enter types, Ctrl+Enter sends.
// Without this file every mark is typed, or follows from the level that is picked.
"use strict";
(() => {
  const form = document.getElementById("rubric");
  const send = document.getElementById("send");
  if (!form || !send) return;
  const total = document.getElementById("total");
  const left = document.getElementById("left");
  const HUNDREDTHS = 100; // marks are added as whole numbers, so that nothing is lost on the way
  const step = Math.round(Number(form.dataset.step) * HUNDREDTHS);

  const criteria = [...form.querySelectorAll(".crit")].map((field) => ({
    field,
    name: field.dataset.name,
    full: Math.round(Number(field.dataset.full) * HUNDREDTHS),
    input: field.querySelector(".mark-in input"),
    radios: [...field.querySelectorAll("input[type=radio]")],
  }));

  const read = (one) => {
    const typed = one.input.value.normalize("NFKC").trim();
    if (!/^\d{1,3}(\.\d{1,2})?$/.test(typed)) return null;
    const mark = Math.round(Number(typed) * HUNDREDTHS);
    return mark <= one.full && mark % step === 0 ? mark : null;
  };
  const shown = (mark) => String(mark / HUNDREDTHS);
  const write = (one, mark) => {
    one.input.value = shown(mark);
    one.input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const pickLevel = (one) => {
    const mark = read(one);
    for (const radio of one.radios) {
      const low = Math.round(Number(radio.dataset.low) * HUNDREDTHS);
      const high = Math.round(Number(radio.dataset.high) * HUNDREDTHS);
      radio.checked = mark !== null && mark >= low && mark <= high;
    }
  };
  const refresh = () => {
    const marks = criteria.map(read);
    const missing = criteria.find((_, place) => marks[place] === null);
    total.textContent = shown(marks.reduce((sum, mark) => sum + (mark ?? 0), 0));
    const done = marks.filter((mark) => mark !== null).length;
    left.textContent = missing
      ? form.dataset.missing.replace("{n}", done).replace("{name}", missing.name)
      : form.dataset.done;
    send.disabled = Boolean(missing);
    for (const [place, one] of criteria.entries()) {
      const isOff = marks[place] === null && one.input.value.trim() !== "";
      one.input.classList.toggle("is-invalid", isOff);
      one.input.setAttribute("aria-invalid", String(isOff));
    }
  };
  const here = () => criteria.find((one) => one.field.contains(document.activeElement));
  const stop = (one) => one.radios.find((radio) => radio.checked) ?? one.radios[0] ?? one.input;

  for (const one of criteria) {
    if (one.radios.length) one.input.tabIndex = -1; // Tab goes from criterion to criterion; Enter opens the mark
    if (one.input.value === "" && one.radios.some((radio) => radio.checked)) {
      write(one, Math.round(Number(one.radios.find((radio) => radio.checked).dataset.high) * HUNDREDTHS));
    }
    pickLevel(one);
    one.input.addEventListener("input", () => { pickLevel(one); refresh(); });
    for (const radio of one.radios) {
      radio.addEventListener("change", () => {
        write(one, Math.round(Number(radio.dataset.high) * HUNDREDTHS));
        refresh();
      });
    }
    one.field.addEventListener("focusin", () => {
      for (const other of criteria) other.field.classList.toggle("crit--now", other === one);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!send.disabled) form.requestSubmit(send);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const one = here();
    if (!one) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      const mark = read(one) ?? 0;
      write(one, Math.min(one.full, Math.max(0, mark + (event.key === "ArrowUp" ? step : -step))));
      pickLevel(one);
      refresh();
      if (event.target !== one.input) stop(one).focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (event.target === one.input) stop(one).focus();
      else { one.input.focus(); one.input.select(); }
    } else if (/^[1-9]$/.test(event.key) && event.target !== one.input) {
      const radio = one.radios[Number(event.key) - 1];
      if (!radio) return;
      event.preventDefault();
      radio.checked = true;
      radio.focus();
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  refresh();
  const first = criteria.find((one) => read(one) === null) ?? criteria[0];
  if (first && !document.querySelector(".note--lost")) stop(first).focus({ preventScroll: true });
})();

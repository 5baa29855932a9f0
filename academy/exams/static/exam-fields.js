// How a question of each kind is answered: builds the fields, reads them as the one text that the server keeps.
// The page as the server sends it has the same fields, so it works without this, too.
"use strict";
window.examFields = (() => {
  const make = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const row = (id, text, control) => make("div", { className: "ask-row" },
    make("label", { className: "form-label", htmlFor: id, textContent: text }), control);
  const option = (value, text, selected) => make("option", { value, textContent: text, selected });
  const inputAt = (name, id, value, most, disabled) => make("input", {
    className: "form-control", type: "text", name, id, value, maxLength: most, disabled, autocomplete: "off",
  });
  const texts = (response) => { try { return JSON.parse(response || "[]"); } catch { return []; } };

  const choices = (item, response, disabled) => item.choices.map(({ shown, letter, text }) => make(
    "label", { className: "choice", htmlFor: `o${shown}` },
    make("input", {
      className: "form-check-input", type: item.kind === "multiple" ? "checkbox" : "radio",
      id: `o${shown}`, name: "answer", value: letter, checked: response.includes(letter), disabled,
    }),
    make("b", { textContent: shown }), make("span", { textContent: text }),
  ));
  const blanks = (item, response, disabled, say) => Array.from({ length: item.blanks }, (_, at) =>
    row(`b${at + 1}`, say("blank_label", { n: at + 1 }), inputAt("blank", `b${at + 1}`, texts(response)[at] || "", 500, disabled)));
  const number = (item, response, disabled, say) => {
    const input = inputAt("number", "number", response, 100, disabled);
    input.inputMode = "decimal";
    return [row("number", say("number_label"), input)];
  };
  const matching = (item, response, disabled, say) => item.prompts.map((prompt, at) => row(`m${at + 1}`, prompt, make(
    "select", { className: "form-select", name: "match", id: `m${at + 1}`, disabled },
    option("-", say("none_chosen"), !response),
    ...item.choices.map(({ shown, letter, text }) => option(letter, `${shown}　${text}`, response[at] === letter)),
  )));
  const ordering = (item, response, disabled, say) => item.choices.map(({ shown, letter, text }) => row(
    `p${shown}`, `${shown}　${text}`, make(
      "select", { className: "form-select", name: `place-${letter}`, id: `p${shown}`, disabled },
      option("", say("no_place"), !response.includes(letter)),
      ...item.choices.map((_, at) => option(String(at + 1), say("place_label", { n: at + 1 }), response[at] === letter)),
    ),
  ));
  const essay = (item, response, disabled, say) => [
    row("essay", say("essay_label"), make("textarea", {
      className: "form-control ask-essay", name: "essay", id: "essay", rows: 14, maxLength: 20000, value: response, disabled,
    })),
    make("p", { className: "meta mb-0", id: "written", textContent: say("written", { n: response.length }) }),
  ];

  const builders = {
    single: choices, multiple: choices, true_false: choices, short_text: blanks, numeric: number, matching, ordering, essay,
  };
  const all = (form, selector) => [...form.querySelectorAll(selector)];
  const places = (form) => all(form, "select[name^=place-]");
  const readers = {
    short_text: (form) => {
      const given = all(form, "input[name=blank]").map((input) => input.value);
      return given.some(Boolean) ? JSON.stringify(given) : "";
    },
    numeric: (form) => form.elements.number.value.trim(),
    matching: (form) => {
      const chosen = all(form, "select[name=match]").map((select) => select.value).join("");
      return /[^-]/.test(chosen) ? chosen : "";
    },
    ordering: (form) => places(form).filter((select) => select.value).sort((a, b) => a.value - b.value)
      .map((select) => select.name.slice(6)).join(""),
    essay: (form) => form.elements.essay.value,
  };
  const letters = (form) => all(form, "input[name=answer]:checked").map((input) => input.value).sort().join("");

  return {
    build: (item, response, disabled, say) => (builders[item.kind] || essay)(item, response, disabled, say),
    read: (form, item) => (readers[item.kind] || letters)(form),
    // Two options cannot have one place: the one that had it goes where the other came from.
    swap: (form, changed, before) => {
      const other = places(form).find((select) => select !== changed && select.value && select.value === changed.value);
      if (other) other.value = before;
    },
    picture: ({ src, alt, width, height }) => {
      const line = Object.assign(document.createElement("p"), { className: "mt-3 mb-0" });
      line.append(Object.assign(document.createElement("img"), { className: "q-picture", src, alt, width, height }));
      return line;
    },
    isTyped: (item) => ["short_text", "numeric", "essay", "case"].includes(item.kind),
  };
})();

// The list of questions of a report: filters, and links that set one. Without it the list is whole.
"use strict";

(() => {
  const form = document.querySelector("#filters");
  if (!form) return;
  const rows = [...document.querySelectorAll("#list > li")];
  const count = document.querySelector("#count");
  const texts = new Map();
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  let waiting;

  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, plain(row.textContent));
    return texts.get(row);
  };

  const apply = () => {
    const { result, category, lost, words } = form.elements;
    const sought = plain(words.value).split(/\s+/).filter(Boolean);
    const fits = (row) =>
      (!result.value || row.dataset.is.split(" ").includes(result.value)) &&
      (!category.value || row.dataset.category === category.value) &&
      (!lost.value || row.dataset.lost === lost.value) &&
      sought.every((word) => textOf(row).includes(word));
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fits(row);
      if (!row.hidden) shown += 1;
    }
    count.textContent = `${shown || "None"} of ${rows.length} shown`;
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 200); // so that typing is not answered letter by letter
  };

  const shownRows = () => rows.filter((row) => !row.hidden);

  // A link to a question that the filters hide shows all again.
  const reveal = () => {
    const row = document.getElementById(location.hash.slice(1))?.closest("#list > li");
    if (!row) return;
    if (row.hidden) form.reset();
    row.hidden = false;
    row.firstElementChild.open = true;
    row.scrollIntoView();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", apply);
  form.addEventListener("input", soon);
  form.addEventListener("reset", () => setTimeout(apply)); // the fields are emptied after this event
  form.elements.fold.addEventListener("click", () => {
    const open = shownRows().some((row) => !row.firstElementChild.open);
    for (const row of shownRows()) row.firstElementChild.open = open;
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter]");
    if (!link) return;
    form.reset();
    form.elements[link.dataset.filter].value = link.dataset.value;
    apply();
  });
  window.addEventListener("hashchange", reveal);

  form.hidden = false;
  apply();
  reveal();
})();

// Moves between the panes. Whatever needs the documents goes to Python through `trigger` in the components.
(() => {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let opener = null; // the button that opened the reader, to which closing it returns

  const reveal = (element, block) =>
    element.scrollIntoView({ block, behavior: still.matches ? "auto" : "smooth" });

  function show(pane) {
    document.body.dataset.pane = pane;
    for (const tab of document.querySelectorAll("[data-show]")) {
      tab.setAttribute("aria-pressed", String(tab.dataset.show === pane));
    }
  }

  function go(id) {
    const target = document.getElementById(id);
    if (!target) return;
    const group = target.closest(".group");
    if (group) {
      show("sources");
      for (const other of document.querySelectorAll(".group")) other.hidden = other !== group;
    }
    target.focus({ preventScroll: true });
    reveal(target.querySelector("mark") ?? target, "center");
  }

  function closeReader() {
    show(opener?.closest(".documents") ? "library" : "sources");
    opener?.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-goto], [data-show], [data-document], [data-close]");
    if (!target) return;
    if ("goto" in target.dataset) {
      event.preventDefault();
      go(target.hash.slice(1));
    } else if (target.dataset.show) {
      show(target.dataset.show);
    } else if ("close" in target.dataset) {
      closeReader();
    } else {
      opener = target;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.dataset.pane === "reader") closeReader();
  });

  window.sumber = {
    // There is a new answer: show its sources from the first one on.
    cited() {
      show("sources");
      document.getElementById("evidence").scrollTop = 0;
    },
    // The reader has a document: bring its quote, or else its beginning, into view.
    opened(element) {
      show("reader");
      element.querySelector("#reading")?.focus({ preventScroll: true });
      const quote = element.querySelector("#quote");
      if (quote) reveal(quote, "center");
      else element.scrollIntoView({ block: "nearest" });
    },
    // The conversation has grown: bring its last turn into view.
    grown(element) {
      const turns = element.querySelectorAll(".turn");
      if (turns.length) reveal(turns[turns.length - 1], "start");
    },
    // The next question can be typed. Not by touch, where this would raise a keyboard over the answer.
    ready() {
      if (!window.matchMedia("(pointer: fine)").matches) return;
      const focus = () => document.querySelector("#question textarea")?.focus({ preventScroll: true });
      requestAnimationFrame(() => requestAnimationFrame(focus)); // in the first frame the box is still disabled
    },
  };
})();

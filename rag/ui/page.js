// Moves between the panes. Whatever needs the documents goes to Python through `trigger` in the components.
(() => {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let opener = null; // the button that opened the reader, to which closing it returns
  let turns = 0; // shown so far
  let cited = ""; // the turn whose sources came last

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
    // There are sources. Those of a new answer are shown from the first one on; more of the same leave all as it is.
    cited(element) {
      const turn = [...element.querySelectorAll(".group")].at(-1)?.dataset.turn;
      if (turn === cited) return;
      cited = turn;
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
    // The conversation has grown: bring a new turn into view.
    grown(element) {
      const shown = element.querySelectorAll(".turn");
      if (shown.length > turns) reveal(shown[shown.length - 1], "start");
      turns = shown.length;
    },
    // The next question can be typed. Not by touch, where this would raise a keyboard over the answer, and not while
    // the person is elsewhere: reading a source, say.
    ready() {
      if (!window.matchMedia("(pointer: fine)").matches) return;
      const focus = () => {
        if (document.activeElement?.closest("#filters, #evidence")) return;
        document.querySelector("#question textarea")?.focus({ preventScroll: true });
      };
      requestAnimationFrame(() => requestAnimationFrame(focus)); // in the first frame the box is still disabled
    },
  };
})();

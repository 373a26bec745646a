// The reader beside a page: opened by a button, closed by another or by Escape.
(() => {
  let opener = null; // the button that opened it, to which closing it returns, and what it said then
  let opened = {};

  function close() {
    window.sumber.show("");
    const { document: path, start } = opened;
    const same = opener?.isConnected && opener.dataset.document === path && opener.dataset.start === start;
    const again = () => document.querySelector(`[data-document="${CSS.escape(path)}"][data-start="${start}"]`);
    const back = same || !opener ? opener : again(); // a list may have been made anew meanwhile
    back?.focus({ preventScroll: !window.sumber.narrow() });
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-document], [data-close]");
    if (!target) return;
    if ("close" in target.dataset) close();
    else [opener, opened] = [target, { ...target.dataset }];
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.dataset.pane === "reader" && !document.querySelector("dialog[open]")) {
      close();
    }
  });

  // The reader has a document: bring its quote, or else its beginning, into view.
  window.sumber.opened = (element) => {
    window.sumber.show("reader");
    element.querySelector("#reading")?.focus({ preventScroll: true });
    const quote = element.querySelector("#quote");
    if (quote) window.sumber.reveal(quote, "center");
    else if (window.sumber.narrow()) element.scrollIntoView();
    else element.closest("#evidence").scrollTop = 0;
  };
})();

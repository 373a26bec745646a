// The frame of every page: its title, how far a reading has come, and the word that the library has changed.
(() => {
  // The language of the page, and the sentences of its scripts in it by the English ones (site.py).
  const { language, words: said } = window.gradio_config;
  const root = document.documentElement;
  const claim = () => { if (root.lang !== language) root.lang = language; };
  claim();
  new MutationObserver(claim).observe(root, { attributeFilter: ["lang"] }); // Gradio sets that of the browser
  const number = (value) => value.toLocaleString(language);
  const say = (sentence, values = {}) => (said[sentence] ?? sentence).replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === "number" ? number(values[name]) : values[name]);
  const counted = (count, noun) => say(count === 1 && language === "en" ? `{n} ${noun}` : `{n} ${noun}s`, { n: count });

  const BUSY = 700, IDLE = 2500, TOLD = 9000; // milliseconds between looks, and for which a change is told
  const listeners = []; // [callback, the version it was called for, whether it waits for the end of a reading]
  let state = null;
  let told = ""; // what a later reading did, while it is shown
  let timer;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const find = (selector) => document.querySelector(selector);
  const current = () => find(".masthead [aria-current]");
  const rested = () => state.stage === "ready" && !state.busy;

  async function look() {
    clearTimeout(timer);
    try {
      const before = state;
      state = await (await fetch("api/state", { cache: "no-store" })).json();
      if (before && state.version > before.version && state.told) {
        told = state.told;
        setTimeout(() => { told = ""; show(); }, TOLD);
      }
      show();
      listeners.forEach(tell);
    } catch {
      if (state) show(say("Sumber does not answer. It may have been stopped: start it again, then this page goes on."));
    }
    if (!document.hidden) timer = setTimeout(look, state && rested() ? IDLE : BUSY);
  }

  function tell(listener) {
    const [callback, version, read] = listener;
    if (!state || version === state.version || (read && version !== null && state.stage !== "ready")) return;
    listener[1] = state.version;
    callback(state);
  }

  function show(lost = "") {
    const line = find(".masthead .status");
    document.title = current().getAttribute("href") === "./" ? "Sumber" : `${current().textContent} · Sumber`;
    const words = state.words || told;
    line.dataset.tagline ??= line.firstChild.textContent;
    line.classList.toggle("busy", Boolean(words));
    if (line.firstChild.textContent !== (words || line.dataset.tagline)) {
      line.firstChild.textContent = words || line.dataset.tagline;
    }
    const bar = line.querySelector("progress");
    line.setAttribute("aria-live", state.total ? "off" : "polite"); // every file read is too much to be read aloud
    bar.hidden = !state.total;
    bar.max = state.total || 1;
    bar.value = state.done;
    const notice = find(".notice");
    notice.hidden = !(lost || state.notice);
    notice.textContent = lost || (said[state.notice] ?? state.notice);
    notice.lang = lost || said[state.notice] ? language : "en"; // that of a lower layer is English
  }

  document.addEventListener("visibilitychange", () => document.hidden || !state || look());

  window.sumber = {
    say,
    counted,
    number,
    language,
    // Calls back now, and whenever there may be something new in the library.
    library(callback, when = "always") {
      listeners.push([callback, null, when === "read"]);
      tell(listeners.at(-1));
    },
    look, // called first when the masthead is there
    // Shows the reader beside the page, or with "" what else is there.
    show: (pane) => { document.body.dataset.pane = pane; },
    narrow: () => window.matchMedia("(max-width: 860px)").matches, // as in style.css
    // Hands the browser a file.
    save(text, name) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
      link.download = name.replace(/[\s\\/:*?"<>|\p{C}]+/gu, " ").trim();
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    },
    reveal: (element, block) => element.scrollIntoView({ block, behavior: still.matches ? "auto" : "smooth" }),
  };
})();

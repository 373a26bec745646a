// The Ask page: moves between the conversation and its sources, and does what is done with a turn.
(() => {
  const { reveal, show, narrow, say, counted } = window.sumber;
  const KEYS = "sumber-single-keys"; // in the browser's own store: "off" where single keys do nothing
  const PEEK_MS = 140; // that the pointer may be on its way between a marker and the look at its source
  const LATEST_MS = 15_000; // from which on a conversation that has not come is not waited for
  const find = (selector) => document.querySelector(selector);
  const box = () => find("#question textarea");
  let turns = 0; // shown so far
  let waiting = ""; // the turn that is being answered
  let cited = ""; // the turn whose sources came last
  let chosen = ""; // the turn whose sources are shown
  let editing = 0; // the turn whose question is changed in the text box

  function go(id) {
    const target = document.getElementById(id);
    if (!target) return;
    const group = target.closest(".group");
    if (group) {
      show("");
      choose(group.dataset.turn);
    }
    target.focus({ preventScroll: true });
    reveal(target.querySelector("mark") ?? target, "center");
  }

  function choose(turn) {
    chosen = turn;
    for (const group of document.querySelectorAll(".group")) group.hidden = group.dataset.turn !== turn;
  }

  function write(text) {
    box().value = text;
    box().dispatchEvent(new Event("input", { bubbles: true }));
    box().focus();
  }

  // --- a look at a source, beside its marker ---

  let looked = null; // the marker whose source is shown
  let leaving;
  let read = null; // the marker whose document was opened, for as long as the pointer lies on it

  const cardOf = (marker) => document.getElementById(marker.hash.slice(1));

  function peek(marker, hint = "") {
    clearTimeout(leaving);
    const card = cardOf(marker);
    if (!card || marker === looked) return;
    unpeek();
    const place = find("#peek");
    const title = document.createElement("p");
    title.className = "credit";
    title.dir = "auto";
    title.textContent = card.querySelector("h3 > span:last-child").textContent;
    const quote = card.querySelector("blockquote").cloneNode(false);
    // With its gaps between lines, without the signs of headings.
    quote.append(...[...card.querySelectorAll("mark:not(i *)")].flatMap((part) => [...part.cloneNode(true).childNodes]));
    place.replaceChildren(title, quote, card.querySelector(".facts").cloneNode(true));
    if (hint) place.append(Object.assign(document.createElement("p"), { className: "hint", textContent: hint }));
    place.showPopover();
    const [at, size] = [marker.getBoundingClientRect(), place.getBoundingClientRect()];
    const above = at.top - size.height - 8;
    place.style.top = `${above > 8 ? above : at.bottom + 8}px`;
    const edge = find("#talk").getBoundingClientRect().right;
    place.style.left = `${Math.max(12, Math.min(at.left - 24, edge - size.width - 12))}px`;
    looked = marker;
    marker.setAttribute("aria-describedby", "peek");
  }

  function unpeek() {
    clearTimeout(leaving);
    looked?.removeAttribute("aria-describedby");
    looked = null;
    if (find("#peek")?.matches(":popover-open")) find("#peek").hidePopover();
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const marker = event.target.closest(".marker");
    clearTimeout(leaving);
    if (marker !== read) read = null;
    if (marker && !read) peek(marker);
    else if (looked && !event.target.closest("#peek")) leaving = setTimeout(unpeek, PEEK_MS);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(".marker:focus-visible")) peek(target);
    else if (!target.closest("#peek")) unpeek();
  });
  document.addEventListener("scroll", unpeek, { capture: true, passive: true });
  // Escape only takes the look away, before it would close anything else.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !looked) return;
    event.stopPropagation();
    unpeek();
  }, true);
  // A finger has no hovering: it looks first, and opens with the second tap.
  document.addEventListener("click", (event) => {
    const marker = event.target.closest(".marker");
    if (event.pointerType !== "touch" || !marker || marker === looked) return;
    event.preventDefault();
    event.stopPropagation();
    peek(marker, say("Tap {marker} again to read it in its document.", { marker: marker.textContent }));
  }, true);

  // --- opening a source ---

  // Beside the document that is opened stands what its card says: the number, the verdict, the page, the address.
  function cite(opener) {
    const card = opener.matches(".marker") ? cardOf(opener) : opener.closest(".card");
    const line = find("#cited .facts");
    if (!line || !card) return;
    choose(card.closest(".group").dataset.turn);
    const number = card.querySelector(".number")?.cloneNode(true);
    line.replaceChildren(...[number, ...card.querySelector(".facts").cloneNode(true).childNodes].filter(Boolean));
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const leads = target.closest("[data-goto]");
    const opens = target.closest("[data-document]");
    if (leads || opens?.matches("a")) event.preventDefault();
    if (leads) go(leads.hash.slice(1));
    if (opens) {
      unpeek();
      read = opens.closest(".marker");
      cite(opens);
    }
    const copies = target.closest("[data-copy]");
    const edits = target.closest("[data-edit]");
    if (copies) copy(copies.dataset.copy);
    if (edits) edit(edits);
    if (target.closest("[data-cancel]")) edit(null, "");
    if (target.closest("[data-keys]")) keys();
    if (looked && !target.closest(".marker, #peek")) unpeek();
  });

  // --- what is done with a turn ---

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      tell(say("Copied, with its sources."));
    } catch { // refused, or a page that is not on this machine nor encrypted
      const dialog = find("#copying");
      const area = dialog.querySelector("textarea");
      area.value = text;
      dialog.showModal();
      area.select();
    }
  }

  function tell(words) {
    const line = find(".copied");
    line.textContent = words;
    clearTimeout(tell.timer);
    tell.timer = setTimeout(() => { line.textContent = ""; }, 4000);
  }

  // An earlier question is taken into the text box, with a word on what asking it anew will drop; or it is left alone.
  function edit(button, text = button.dataset.text) {
    editing = button ? Number(button.dataset.edit) : 0;
    const later = editing ? document.querySelectorAll(".turn").length - editing : 0;
    const dropped = later === 1
      ? say("Changing question {n}. Asking it drops the turn after it.", { n: editing })
      : say("Changing question {n}. Asking it drops the {later} turns after it.", { n: editing, later });
    find(".editing span").textContent =
      later ? dropped : say("Changing question {n}. Asking it makes its answer anew.", { n: editing });
    find(".editing").hidden = !editing;
    for (const turn of document.querySelectorAll(".turn")) {
      turn.classList.toggle("leaving", editing > 0 && Number(turn.id.slice(1)) >= editing);
    }
    if (text !== null) write(text);
  }

  // --- keys ---

  const single = () => localStorage.getItem(KEYS) !== "off";
  function keys() {
    const dialog = find("#keys");
    dialog.querySelector("[name=single]").checked = single();
    dialog.showModal();
  }

  document.addEventListener("change", ({ target }) => {
    if (target.name === "single") localStorage.setItem(KEYS, target.checked ? "on" : "off");
  });
  const last = (selector) => [...document.querySelectorAll(selector)].at(-1);
  const PRESSED = {
    "/": () => box()?.focus(),
    "?": () => keys(),
    e: () => last(".turn:not(.waiting) [data-edit]")?.click(),
    c: () => last("[data-copy]")?.click(),
    n: () => find(".new")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && editing && event.target === box()) edit(null, "");
    if (event.ctrlKey || event.metaKey || event.altKey || !PRESSED[event.key] || !find("#question") || !single()) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog[open], :popover-open")) return;
    event.preventDefault();
    PRESSED[event.key]();
  });

  Object.assign(window.sumber, {
    // There are sources. Those of a new answer are shown from the first one on; more of the same leave all as it is.
    cited(element) {
      const turn = [...element.querySelectorAll(".group")].at(-1)?.dataset.turn ?? "";
      if (turn === cited) {
        if (element.querySelector(`[data-turn="${chosen}"]`)) choose(chosen); // they were all drawn anew
        return;
      }
      cited = chosen = turn;
      show("");
      find("#evidence").scrollTop = 0;
    },
    // The conversation has changed: bring a new turn into view, and keep open what a person has opened.
    grown(element) {
      const shown = element.querySelectorAll(".turn");
      const asked = element.querySelector(".turn.waiting")?.id ?? "";
      if (asked && asked !== waiting) edit(null, null);
      if (shown.length > turns || (asked && asked !== waiting)) reveal(shown[shown.length - 1], "start");
      [turns, waiting] = [shown.length, asked];
      const id = element.querySelector(".log").dataset.conversation;
      const address = id ? `?conversation=${id}` : location.pathname;
      if (!asked && location.search !== (id ? address : "")) history.replaceState(null, "", address);
      window.sumber.arrived();
      for (const fold of opened) if (fold.isConnected) fold.open = true;
    },
    // What goes along with a question: the conversation that is shown, or that the address names, and what is changed.
    sending() {
      const named = new URLSearchParams(location.search).get("conversation") ?? "";
      return JSON.stringify({ conversation: find(".log")?.dataset.conversation ?? named, turn: editing });
    },
    // The page is there. A question in its address is put into the text box; it is for the person to ask it.
    begin() {
      window.sumber.ready();
      const address = new URLSearchParams(location.search);
      const asked = address.get("ask");
      if (!asked) return;
      address.delete("ask"); // what may be left is the conversation that it is asked in
      history.replaceState(null, "", address.size ? `?${address}` : location.pathname);
      requestAnimationFrame(() => write(asked.slice(0, box().maxLength > 0 ? box().maxLength : 2000)));
    },
    // The conversation that the address names is there, or there is none: until then nothing can be asked.
    arrived() {
      if (!document.body.classList.contains("opening")) return;
      document.body.classList.remove("opening");
      box().disabled = false;
      window.sumber.ready();
    },
    // Hands the browser a file: its name and text are in an element.
    download: (element) => element && window.sumber.save(element.textContent, element.dataset.name),
    // The next question can be typed. Not by touch, where this would raise a keyboard over the answer, and not while
    // the person is elsewhere: reading a source, say.
    ready() {
      if (!window.matchMedia("(pointer: fine)").matches) return;
      const focus = () => {
        if (document.activeElement?.closest("#filters, #evidence, #aside, dialog")) return;
        box()?.focus({ preventScroll: true });
      };
      requestAnimationFrame(() => requestAnimationFrame(focus)); // in the first frame the box is still disabled
    },
  });

  // Folds that a person has opened; a conversation that is made anew would close them.
  const opened = new Set();
  document.addEventListener("click", ({ target }) => {
    const fold = target.closest("#conversation summary")?.parentElement;
    if (fold) (fold.open ? opened.delete(fold) : opened.add(fold));
  });
  if (/[?&]conversation=\w/.test(location.search)) {
    document.addEventListener("DOMContentLoaded", () => document.body.classList.add("opening"));
  }
})();

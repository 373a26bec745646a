// The script of the pane that feedback arrives in, with its `element`: hands the buttons under an answer to Python, and
// puts what comes back under them. The conversation is made anew with every sentence; what a person writes is not.
const REST = 350; // milliseconds without a key before a search
const standing = new Map(); // what stands under an answer: its form, or what was done
const find = (selector, within = document) => within.querySelector(selector);
const buttonsOf = (turn) => find(`.feedback[data-turn="${turn}"]`);
let resting;

const formOf = (target) => target.closest("form.saying");
const chosen = (form) => find("[name=passage]:checked", form)?.closest("li");

document.addEventListener("click", ({ target }) => {
  const say = target.closest("[data-say]");
  const back = target.closest("[data-take-back]");
  if (say) trigger("say", { turn: say.parentElement.dataset.turn, kind: say.dataset.say });
  else if (back) trigger("take_back", { turn: back.parentElement.dataset.turn, id: back.dataset.takeBack });
  else if (target.closest("[data-leave]")) leave(formOf(target));
});
document.addEventListener("submit", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  event.preventDefault();
  const item = chosen(form);
  trigger("record", {
    turn: form.dataset.turn,
    kind: form.dataset.kind,
    answer: form.elements.answer?.value ?? "",
    document: item ? find("[name=passage]", item).dataset.path : "",
    place: item ? find("select", item).value : "",
  });
});
document.addEventListener("input", ({ target }) => {
  if (target.name !== "words" || !formOf(target)) return;
  clearTimeout(resting);
  resting = setTimeout(() => target.value.trim() && trigger("seek_passages", { words: target.value }), REST);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form.saying");
  if (!form) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    leave(form);
  } else if (event.key === "Enter" && event.target.name === "words") event.preventDefault(); // it searches by itself
});
document.addEventListener("change", ({ target }) => {
  const form = formOf(target);
  if (!form) return;
  for (const item of form.querySelectorAll(".offered-passages li")) find(".quote", item).hidden = item !== chosen(form);
  chosen(form)?.scrollIntoView({ block: "nearest" });
  if (target.matches(".quote select")) mark(target.closest("li"), target.selectedIndex);
});

// Marks the sentence that is chosen as the quote.
function mark(item, place) {
  item.querySelectorAll("[data-sentence]").forEach((old, number) => {
    const now = document.createElement(number === place ? "mark" : "span");
    now.dataset.sentence = "";
    now.textContent = old.textContent;
    old.replaceWith(now);
  });
}

function leave(form) {
  const buttons = buttonsOf(form.dataset.turn);
  standing.delete(buttons.dataset.of);
  form.remove();
  const opener = find(`[data-say="${form.dataset.kind}"]`, buttons);
  opener.setAttribute("aria-expanded", "false");
  opener.focus();
}

// Something has come from Python: passages for the open form, or what is to stand under an answer.
watch("value", () => {
  const passages = find(".sought", element);
  if (passages) {
    document.querySelectorAll("form.saying .offered-passages").forEach((list) => list.replaceChildren(...passages.childNodes));
    return;
  }
  const arrived = find(".saying", element);
  const buttons = arrived && buttonsOf(arrived.dataset.turn);
  if (!buttons) return;
  const before = standing.get(buttons.dataset.of);
  if (arrived.matches(".problem") && before?.matches("form")) {
    const line = find(".problem", before);
    line.hidden = false;
    line.textContent = arrived.textContent;
    return;
  }
  before?.remove();
  standing.set(buttons.dataset.of, arrived);
  place();
  const start = find("input", arrived) ?? find("[data-take-back]", arrived) ?? find("button", buttons);
  start.focus({ preventScroll: true });
  window.sumber.reveal(arrived, "nearest");
});

// Puts what stands under each answer back where the conversation was made anew.
function place() {
  const held = document.activeElement;
  for (const [of, shown] of standing) {
    const buttons = find(`.feedback[data-of="${of}"]`);
    if (!buttons) continue;
    if (buttons.nextElementSibling !== shown) buttons.after(shown);
    for (const button of buttons.querySelectorAll("[data-say]")) {
      const own = button.dataset.say === shown.dataset.kind;
      button.setAttribute("aria-pressed", own && !shown.matches("form"));
      button.setAttribute("aria-expanded", own && shown.matches("form"));
    }
  }
  if (held !== document.activeElement && held?.isConnected) held.focus({ preventScroll: true });
}

new MutationObserver(place).observe(document.getElementById("conversation"), { childList: true, subtree: true });

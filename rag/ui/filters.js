// The script of the filters, with their `element`: what is chosen there, in words and as a question takes it along.
const { say, counted } = window.sumber;
const NAMES = ["after", "before", "language", "publisher"];
let choice = {}; // kept beside the fields, because a changed library makes them anew

const find = (selector) => element.querySelector(selector);
const field = (name) => find(`[name="${name}"]`);
const boxes = () => [...element.querySelectorAll("[name=document]")];
const offered = () => [...element.querySelectorAll(".offered li:not([hidden]) input")];
const textBox = () => document.querySelector("#question textarea");

// Under the names that Python takes; what is not chosen is not named.
function read() {
  choice = {};
  const documents = boxes().filter((box) => box.checked);
  if (documents.length) choice.documents = documents.map((box) => box.value);
  for (const name of NAMES) {
    const value = field(name)?.value.trim();
    if (value) choice[name] = value;
  }
  word();
}

function write() {
  const documents = new Set(choice.documents);
  for (const box of boxes()) box.checked = documents.has(box.value);
  for (const name of NAMES) if (field(name)) field(name).value = choice[name] ?? "";
  read();
}

// Says what is chosen, or of a date that is none that it is.
function word() {
  const words = [];
  const documents = boxes().filter((box) => box.checked);
  if (documents.length) words.push(counted(documents.length, "document"));
  if (choice.after) words.push(say("since {date}", { date: choice.after }));
  if (choice.before) words.push(say("until {date}", { date: choice.before }));
  if (choice.language) words.push(field("language").selectedOptions[0].textContent);
  if (choice.publisher) words.push(choice.publisher);
  const wrong = ["after", "before"].map(field).find((date) => date?.validity.patternMismatch);
  const only = documents.length === 1 && words.length === 1 && documents[0].nextElementSibling.textContent;
  const problem = wrong ? say("“{value}” is no date", { value: wrong.value }) : "";
  const said = problem || only || words.join(", ") || say("All documents");
  find(".scope").textContent = said[0].toUpperCase() + said.slice(1);
  find(".filters").classList.toggle("narrowed", words.length > 0);
  find(".filters").classList.toggle("wrong", Boolean(wrong));
  find("[data-widen]").hidden = !words.length;
  find("[data-no-date]").hidden = !wrong;
  find("[data-no-date]").textContent = `${problem}. ${say("Give it as 2017, 2017-10 or 2017-10-18.")}`;
  find("[data-undated]").hidden = Boolean(wrong) || !(choice.after || choice.before);
}

// Offers those of the documents that have all the words sought in their title, file name or date.
function seek() {
  const sought = field("find").value.toLocaleLowerCase();
  for (const item of element.querySelectorAll(".offered li")) {
    const text = item.textContent.toLocaleLowerCase();
    item.hidden = !sought.split(/\s+/).every((part) => text.includes(part));
  }
  const count = offered().length;
  find("[data-none]").hidden = count > 0;
  find("[data-choose]").hidden = !sought.trim() || count < 2;
  find("[data-choose]").textContent = say("Choose all {n} shown", { n: count });
}

function fold() {
  if (find(".filters")) find(".filters").open = false;
}

element.addEventListener("input", (event) => (event.target === field("find") ? seek() : read()));
element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-choose]")) return;
  for (const box of offered()) box.checked = true;
  read();
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && find(".filters").open) {
    event.stopPropagation();
    fold();
    find("summary").focus();
  } else if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) {
    fold();
    textBox().focus({ preventScroll: true });
  }
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-widen]")) return;
  choice = {};
  write();
  textBox().focus({ preventScroll: true });
});
watch("value", () => {
  if (!find(".filters")) return;
  const names = new Intl.DisplayNames([window.sumber.language], { type: "language" });
  for (const option of field("language")?.options ?? []) {
    if (/^[a-z]{2,3}$/i.test(option.value)) option.textContent = names.of(option.value);
  }
  write();
  seek();
});

// A question is sent: what it is put to, as JSON.
window.sumberChoice = () => {
  fold();
  return JSON.stringify(choice);
};

// The script of the tools of the Documents page, with their `element`: searches the list, adds, removes and puts back.
const SEARCH_REST = 120; // milliseconds without a key before a search
const AT_ONCE = 3; // files that are sent at the same time
const MOST_TOLD = 50; // outcomes that are listed
const { say, counted, number } = window.sumber;
const LOST = say("Sumber does not answer. It may have been stopped: start it again, then try once more.");

const find = (selector) => element.querySelector(selector);
const sought = find("[name=sought]");
const picker = find("[data-most-bytes]");
const coming = find(".coming");
const asking = find(".removing"); // whether a file is to be removed
let resting;

// What Python is told with every event: the words searched for.
const tell = (name) => trigger(name, { words: sought.value });

window.sumber.library(() => tell("library_changed"));
sought.addEventListener("input", () => {
  clearTimeout(resting);
  resting = setTimeout(() => tell("seek"), SEARCH_REST);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    sought.focus();
  }
});

// Why our own server did not do something, which it says in English; empty where it does not answer.
const refusal = ({ error }) => [error?.message, error?.remedy].filter(Boolean).join(" ");

// Asks our own server to do something. Gives what it answers, or an error with its sentence.
async function request(method, address, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(address, { method, headers, body: body && JSON.stringify(body) }).catch(() => null);
  const answer = response ? await response.json().catch(() => ({})) : {};
  if (!response?.ok) throw Object.assign(new Error(refusal(answer) || LOST), { lang: refusal(answer) && "en" });
  return answer;
}

// Says what was done, and how to take it back where that can be done.
function announce(words, token = "", lang = "") {
  const line = find(".done");
  line.hidden = false;
  line.firstElementChild.lang = lang || window.sumber.language;
  line.firstElementChild.textContent = words[0].toUpperCase() + words.slice(1);
  const undo = line.querySelector("[data-undo]");
  undo.hidden = !token;
  undo.dataset.undo = token;
  if (token) undo.focus();
}

function ask(path) {
  asking.querySelector(".path").textContent = path;
  asking.returnValue = "";
  asking.showModal();
}

// A dialog tells of its closing a moment later: by then it may have been opened again, for something else.
asking?.addEventListener("close", () => {
  if (!asking.open && asking.returnValue === "remove") trying(() => remove(asking.querySelector(".path").textContent));
});

async function remove(path) {
  const { document: name, token } = await request("DELETE", `api/documents?${new URLSearchParams({ document: path })}`);
  document.querySelector(`[data-remove="${CSS.escape(path)}"]`)?.closest("li").classList.add("leaving");
  announce(say("Removed {name}.", { name }), token);
}

async function restore(token) {
  const { document: name } = await request("POST", "api/documents/restore", { token });
  announce(say("{name} is back.", { name }));
}

// Sends one file; `progress` is called with the bytes sent so far. Gives what became of it.
function send(file, name, progress) {
  return new Promise((done) => {
    const most = Number(picker.dataset.mostBytes);
    if (file.size > most) {
      done({ refused: say("it is larger than {size} MB", { size: most / 1e6 }) });
      return;
    }
    const sending = new XMLHttpRequest();
    sending.open("POST", `api/documents?${new URLSearchParams({ name })}`);
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    sending.upload.onprogress = (event) => progress(event.loaded);
    sending.onload = () => {
      let answer = {};
      try { answer = JSON.parse(sending.responseText); } catch { /* no answer of ours */ }
      done(sending.status < 300 ? answer : { refused: refusal(answer) || LOST, lang: refusal(answer) && "en" });
    };
    sending.onerror = () => done({ refused: say("it could not be sent; it may have changed, or Sumber has stopped") });
    sending.send(file);
  });
}

function outcome(name, { refused, document: stored, is_new: isNew }) {
  if (refused) return `✕ ${name}: ${refused}`;
  if (!isNew) return say("= {name}: the same content is already there as {stored}", { name, stored });
  return stored.split("/").at(-1) === name.split("/").at(-1) ? "" : say("✓ {name} is stored as {stored}", { name, stored });
}

// Adds files, given as [file, name], a few at a time, and tells of each that did not simply go well.
async function add(files) {
  const most = Number(picker.dataset.mostFiles);
  const waiting = files.slice(0, most);
  if (!waiting.length) return;
  const total = waiting.reduce((sum, [file]) => sum + file.size, 0);
  const sent = new Map();
  const tally = { added: 0, same: 0, refused: 0 };
  const list = coming.querySelector("ul");
  const sum = coming.querySelector(".sum");
  const bar = coming.querySelector("progress");
  const note = (words, lang = "") => {
    if (list.children.length > MOST_TOLD) return;
    const item = document.createElement("li");
    item.dir = "auto";
    if (lang) item.lang = lang;
    item.textContent = list.children.length === MOST_TOLD ? say("… and others") : words;
    list.append(item);
  };
  const show = () => {
    const done = tally.added + tally.same + tally.refused;
    bar.max = total || 1;
    bar.value = [...sent.values()].reduce((a, b) => a + b, 0);
    sum.textContent = say("Adding {files}: {n} done", { files: counted(waiting.length, "file"), n: done });
  };
  list.replaceChildren();
  coming.hidden = bar.hidden = false;
  sum.setAttribute("aria-live", "off"); // read aloud is only what came of it
  coming.querySelector("[data-dismiss]").hidden = true;
  if (files.length > most) note(say("✕ Left out all after the first {n}: add them in parts", { n: most }));
  show();
  const next = waiting.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const [file, name] of next) {
      const became = await send(file, name, (bytes) => { sent.set(file, Math.min(bytes, file.size)); show(); });
      sent.set(file, file.size);
      tally[became.refused ? "refused" : became.is_new ? "added" : "same"] += 1;
      const words = outcome(name, became);
      if (words) note(words, became.lang);
      show();
    }
  }));
  const parts = [say("{files} added", { files: counted(tally.added, "file") })];
  if (tally.same) parts.push(say("{n} already there", { n: tally.same }));
  if (tally.refused) parts.push(say("{n} not taken", { n: tally.refused }));
  sum.setAttribute("aria-live", "polite");
  sum.textContent = `${parts.join(", ")}.`;
  bar.hidden = true;
  coming.querySelector("[data-dismiss]").hidden = false;
  if (tally.added) await request("POST", "api/sync");
}

// The files below what was dropped, folders included, as [file, name]; hidden ones are left out.
async function below(entry, most) {
  if (most <= 0 || entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    const file = await new Promise((given) => entry.file(given, () => given(null)));
    return file ? [[file, entry.fullPath.replace(/^\//, "")]] : [];
  }
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const some = await new Promise((given) => reader.readEntries(given, () => given([])));
    if (!some.length || files.length > most) return files;
    for (const one of some) files.push(...(await below(one, most - files.length)));
  }
}

// Does something, and says what went wrong with it; then looks at once how far the reading is.
const trying = (work) => work().catch((error) => announce(error.message, "", error.lang)).finally(window.sumber.look);

document.addEventListener("click", (event) => {
  const target = event.target.closest(
    "[data-add], [data-add-folder], [data-sync], [data-remove], [data-undo], [data-restore], [data-dismiss]",
  );
  if (!target) return;
  const data = target.dataset;
  if ("add" in data || "addFolder" in data) target.nextElementSibling.click();
  else if ("sync" in data) trying(() => request("POST", "api/sync"));
  else if ("remove" in data) ask(data.remove);
  else if ("dismiss" in data) coming.hidden = true;
  else trying(() => restore(data.undo ?? data.restore));
});

if (picker) {
  for (const input of element.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      const chosen = [...input.files].map((file) => [file, file.webkitRelativePath || file.name]);
      input.value = "";
      trying(() => add(chosen.filter(([, name]) => !name.split("/").some((part) => part.startsWith(".")))));
    });
  }
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  const drag = (on) => document.getElementById("shelf").classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    drag(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || drag(false));
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    drag(false);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...event.dataTransfer.files].map((file) => [file, file.name]); // where there are no entries
    trying(async () => {
      const files = entries.length ? [] : plain;
      const most = Number(picker.dataset.mostFiles) + 1;
      for (const entry of entries) files.push(...(await below(entry, most - files.length)));
      await add(files);
    });
  });
}

// A list that is made anew keeps its elements and changes what they say: the keyboard goes where its document has gone.
let held = "";
document.addEventListener("focusin", ({ target }) => {
  const { document: path, remove: removed } = target.closest("#library button")?.dataset ?? {};
  held = path ? `[data-document="${CSS.escape(path)}"]` : removed ? `[data-remove="${CSS.escape(removed)}"]` : "";
});
window.sumber.listed = (list) => {
  for (const item of list.querySelectorAll(".leaving")) item.classList.remove("leaving");
  if (!held || !(list.contains(document.activeElement) || document.activeElement === document.body)) return;
  const own = list.querySelector(held);
  if (own) own.focus({ preventScroll: true });
  else document.activeElement.blur();
};

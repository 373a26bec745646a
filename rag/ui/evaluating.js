// The script of the Evaluation page, in the pane that a set is chosen in: asks Python to do what is pressed, follows an
// evaluation under way, and shows its report. `listed(root)` is the report's own script, for the root it stands in.
const REST = 500; // milliseconds between looks how far an evaluation is
const find = (selector) => document.querySelector(selector);
const wanted = new URLSearchParams(location.search).get("set") ?? ""; // by a link
const { say } = window.sumber;
let following;

// What Python is told with every event: the set that is chosen.
const tell = (name, more = {}) => trigger(name, { set: find("[name=set]").value || wanted, ...more });
const EVENTS = { begin: "begin", end: "end", examine: "examine" }; // Gradio makes events of what is quoted in here

// Not at once: Gradio loses what is triggered before all of the page is there.
window.sumber.library(() => find("[name=set]").value || tell("look"));

document.addEventListener("click", async (event) => {
  const { do: name, save, file, addSet } = event.target.closest("[data-do], [data-save], [data-add-set]")?.dataset ?? {};
  if (name) tell(EVENTS[name]);
  else if (save) window.sumber.save(await server.written(save), `${file}.${save}`);
  else if (addSet !== undefined) find("[data-most]").click();
});
document.addEventListener("change", ({ target }) => {
  if (target.name === "set") tell("choose");
  else if (target.name === "against") tell("against", { name: target.value });
  else if (target.matches("[data-most]")) add(target);
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.matches(".keeping")) tell("keep", { name: event.target.elements.baseline.value });
});
document.addEventListener("input", ({ target }) => target.closest(".threshold") && choose(target.closest(".threshold")));

// Sends a question set. What is no text, or too long for a request, is told of here.
async function add(input) {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  const most = Number(find("[data-most]").dataset.most);
  try {
    if (file.size > most) {
      const values = { name: file.name, size: most / 1000 };
      tellProblem(say("{name} is larger than {size} kB. Put it into the folder of question sets.", values));
      return;
    }
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    tell("add_set", { name: file.name, text });
  } catch { // no text in UTF-8
    tellProblem(say("{name} is not UTF-8. Save the file as UTF-8.", { name: file.name }));
  }
}

function tellProblem(words) {
  const line = Object.assign(document.createElement("p"), { className: "problem", textContent: words });
  line.setAttribute("role", "alert");
  find("#choosing .evaluation .problem")?.remove();
  find("#choosing .evaluation").append(line);
}

// There is an evaluation under way, or none any more.
window.sumber.running = (pane) => {
  clearTimeout(following);
  if (pane.querySelector("progress")) following = setTimeout(follow, REST, pane);
};

async function follow(pane) {
  const now = await server.progress("").catch(() => null); // Sumber may have been stopped: the page says so
  if (now && !now.running) {
    tell("settle");
    return;
  }
  if (now) {
    pane.querySelector(".words").textContent = now.words;
    pane.querySelector("progress").value = now.done;
  }
  following = setTimeout(follow, REST, pane);
}

// There is a report: it stands under a root of its own, so that its style and names keep out of the page's.
window.sumber.reported = async (pane) => {
  const frame = pane.querySelector(".report");
  if (!frame) return;
  const page = new DOMParser().parseFromString(await server.written("html"), "text/html");
  const report = page.querySelector("main > .body"); // the page has a main part of its own
  const threshold = frame.querySelector(".threshold");
  if (!report || !threshold || !frame.isConnected) return;
  report.lang = page.documentElement.lang;
  frame.querySelector(".stand")?.remove(); // Gradio keeps the frame itself from one report to the next
  const host = Object.assign(document.createElement("div"), { className: "stand" });
  frame.append(host);
  host.append(threshold);
  const root = host.attachShadow({ mode: "open" });
  root.append(...page.querySelectorAll("style"), report);
  root.querySelector("#choice-part .content")?.append(Object.assign(document.createElement("slot"), { name: "choice" }));
  const followUps = new Set(JSON.parse(frame.dataset.followUps));
  root.querySelectorAll("#list > li").forEach((row, number) => addLink(row, followUps.has(number) ? number : -1));
  root.addEventListener("click", goto);
  listed(root);
  choose(threshold);
  if (document.activeElement === document.body) find(".outcome").focus();
};

// A question of the report leads to the chat, where it is asked again; a follow-up with what was said before it.
function addLink(row, followUp) {
  const link = document.createElement("a");
  link.href = `./?${new URLSearchParams({ ask: row.querySelector(".asked").textContent })}`;
  link.textContent = say("Open in the chat");
  link.lang = window.sumber.language; // the report has its own
  link.addEventListener("click", async (event) => {
    if (followUp < 0) return;
    event.preventDefault();
    const conversation = await server.earlier(followUp).catch(() => "");
    location.href = conversation ? `${link.href}&${new URLSearchParams({ conversation })}` : link.href;
  });
  const item = document.createElement("dd");
  item.append(link);
  row.querySelector("dl").append(document.createElement("dt"), item);
}

// Links within the report, whose names the page does not know.
function goto(event) {
  const link = event.target.closest('a[href^="#"]');
  const target = link && link.getRootNode().getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  const row = target.closest("#list > li");
  if (row) {
    if (row.hidden) row.getRootNode().querySelector("#filters").reset();
    row.hidden = false;
    row.firstElementChild.open = true;
  }
  window.sumber.reveal(target, "start");
}

// What a threshold of declining would give.
function choose(threshold) {
  const slider = threshold.querySelector("input");
  const [words, command] = JSON.parse(slider.dataset.choices)[slider.value];
  threshold.querySelector("output").textContent = words;
  threshold.querySelector("code").textContent = command;
  slider.setAttribute("aria-valuetext", words);
}

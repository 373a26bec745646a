// The script of the list of conversations, with its `element`: its menu, its dialogs, and the drawer it is in where
// the window is narrow.
const find = (id) => document.getElementById(id);
let at = null; // the line of the list that the menu or a dialog is about
let said = {}; // its id and title: the list may be made anew meanwhile

function about(line) {
  at = line.querySelector(".more");
  said = { id: line.dataset.talk, title: line.dataset.title };
}

// The menu opens below its button, or above where there is no room.
function open(button) {
  const menu = find("talk-menu");
  const damaged = "damaged" in button.closest("li").dataset;
  for (const one of menu.children) one.hidden = damaged && one.dataset.do !== "delete";
  menu.showPopover();
  const [place, size] = [button.getBoundingClientRect(), menu.getBoundingClientRect()];
  const below = place.bottom + size.height < innerHeight;
  menu.style.top = `${below ? place.bottom + 2 : Math.max(0, place.top - size.height - 2)}px`;
  menu.style.left = `${Math.max(8, Math.min(place.right - size.width, innerWidth - size.width - 8))}px`;
  menu.querySelector("button:not([hidden])").focus();
}

function ask(what) {
  find("talk-menu").hidePopover();
  if (what === "md" || what === "json") {
    trigger("save_talk", { id: said.id, kind: what });
    return;
  }
  const dialog = find(what === "rename" ? "renaming" : "deleting");
  dialog.returnValue = "";
  if (what === "rename") dialog.querySelector("input").value = said.title;
  else dialog.querySelector(".whose").textContent = said.title;
  dialog.showModal();
  if (what === "rename") dialog.querySelector("input").select();
}

document.addEventListener("click", (event) => {
  const more = event.target.closest("#history .more");
  const put = event.target.closest("#talk-menu [data-do]");
  const undo = event.target.closest("[data-restore-talk]");
  if (more) {
    about(more.closest("li"));
    open(more);
  } else if (put) ask(put.dataset.do);
  else if (undo) trigger("restore_talk", { id: undo.dataset.restoreTalk });
  if (event.target.closest("[data-history]")) drawer(!document.body.classList.contains("listing"));
  else if (!event.target.closest("#history, #talk-menu, dialog")) drawer(false);
});
document.addEventListener("keydown", (event) => {
  const dialog = event.target.closest("#renaming");
  if (event.key !== "Enter" || !dialog || event.target.tagName !== "INPUT") return; // the first button would cancel
  event.preventDefault();
  dialog.close("rename");
});
// Of a dialog that was closed; captured, because it does not bubble.
document.addEventListener("close", ({ target }) => {
  if (target.id === "deleting" && target.returnValue === "delete") trigger("delete_talk", { id: said.id });
  else if ((target.id === "deleting" || target.id === "renaming") && !find("talk-menu").matches(":popover-open")) {
    at?.focus(); // unless the menu was opened again meanwhile
  }
  if (target.id !== "renaming" || target.returnValue !== "rename") return;
  trigger("rename_talk", { id: said.id, title: target.querySelector("input").value });
}, true);

// Where the window is narrow, the list is a drawer behind a button.
function drawer(shown) {
  const button = document.querySelector("[data-history]");
  const was = document.body.classList.contains("listing");
  if (!button || shown === was) return;
  document.body.classList.toggle("listing", shown);
  button.setAttribute("aria-expanded", String(shown));
  if (shown) find("earlier")?.focus();
  else if (element.contains(document.activeElement)) button.focus();
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("listing")) return;
  if (!document.querySelector("dialog[open], :popover-open")) drawer(false);
});

// The list is made anew: what was said of a deletion comes into view, and is where the keyboard is.
watch("value", () => {
  window.sumber.arrived();
  element.querySelector("[data-restore-talk]")?.focus({ preventScroll: true });
});

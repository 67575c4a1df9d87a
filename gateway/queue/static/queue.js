// Keys for people who treat many messages: j and k move, enter opens, a puts on the agenda, c goes to the answer.
// The page also has a link or a button for each of them.
"use strict";

(() => {
  const rows = [...document.querySelectorAll("table.list tbody tr")];
  let at = -1;

  const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  function moveTo(index) {
    if (!rows.length) return;
    at = Math.max(0, Math.min(index, rows.length - 1));
    rows.forEach((row, i) => row.classList.toggle("chosen", i === at));
    const link = rows[at].querySelector("a");
    link.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  }

  function onChosenRow(act) {
    if (at < 0) return;
    const box = rows[at].querySelector("input[name=pick]");
    if (!box) return;
    rows.forEach((row) => { row.querySelector("input[name=pick]").checked = false; });
    box.checked = true;
    if (act === "c") {
      document.querySelector(".batch textarea").focus();
    } else {
      document.querySelector(".batch button[value=agenda]").click();
    }
  }

  function onPage(key) {
    const place = document.querySelector(`[data-key="${key}"]`);
    if (!place) return;
    if (place.matches("textarea")) place.focus(); else place.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (!["j", "k", "a", "c"].includes(event.key)) return;
    event.preventDefault();
    if (!rows.length) onPage(event.key);
    else if (event.key === "j") moveTo(at + 1);
    else if (event.key === "k") moveTo(at - 1);
    else onChosenRow(event.key);
  });
})();

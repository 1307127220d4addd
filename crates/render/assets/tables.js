"use strict";
/** Tables are sorted by a click on a column's head, and filtered. */
function prepareTables() {
  for (const table of document.querySelectorAll("#tables table")) {
    table.querySelectorAll("thead th").forEach((head, column) => {
      const button = element("button", { type: "button" }, head.textContent);
      head.replaceChildren(button);
      if (table.querySelector(`tbody td:nth-child(${column + 1})`)?.classList.contains("number")) head.classList.add("number");
      button.addEventListener("click", () => sortBy(table, head, column));
    });
  }
  document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value.toLowerCase()));
}

/** Numbers the largest first, texts in their order; a second time the other way. */
function sortBy(table, head, column) {
  const wasDescending = head.getAttribute("aria-sort") === "descending";
  const wasAscending = head.getAttribute("aria-sort") === "ascending";
  const isNumber = head.classList.contains("number");
  const isDescending = isNumber ? !wasDescending : wasAscending;
  for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
  const value = (row) => {
    const cell = row.children[column];
    return isNumber ? Number(cell.dataset.value) : cell.textContent;
  };
  const compare = (a, b) => (isNumber ? value(a) - value(b) : value(a).localeCompare(value(b)));
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort((a, b) => (isDescending ? -compare(a, b) : compare(a, b))));
}

/** Shows the rows that hold a text, and opens the stages that have any. */
function filter(wanted) {
  for (const row of document.querySelectorAll("#tables tbody tr")) {
    row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
  }
  if (!wanted) return;
  for (const stage of document.querySelectorAll("#tables details")) {
    stage.open = stage.querySelector("tbody tr:not([hidden])") !== null;
  }
}

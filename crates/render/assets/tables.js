"use strict";
/** Tables are sorted by a click on a column's head, and filtered. */
function prepareTables() {
  for (const table of /** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("section table"))) {
    table.querySelectorAll("thead th").forEach((head, column) => {
      const button = element("button", { type: "button" }, head.textContent ?? "");
      head.replaceChildren(button);
      if (table.querySelector(`tbody td:nth-child(${column + 1})`)?.classList.contains("number")) head.classList.add("number");
      button.addEventListener("click", () => sortBy(table, head, column));
    });
  }
  const wanted = /** @type {HTMLInputElement | null} */ (document.getElementById("filter"));
  wanted?.addEventListener("input", () => filter(wanted.value.toLowerCase()));
}

/** Numbers the largest first, texts in their order; a second time the other way.
 * @param {HTMLTableElement} table @param {Element} head @param {number} column */
function sortBy(table, head, column) {
  const wasDescending = head.getAttribute("aria-sort") === "descending";
  const wasAscending = head.getAttribute("aria-sort") === "ascending";
  const isNumber = head.classList.contains("number");
  const isDescending = isNumber ? !wasDescending : wasAscending;
  for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
  /** @param {HTMLTableRowElement} row */
  const words = (row) => row.cells[column].textContent ?? "";
  /** @param {HTMLTableRowElement} row */
  const number = (row) => Number(row.cells[column].dataset.value);
  /** @param {HTMLTableRowElement} a @param {HTMLTableRowElement} b */
  const compare = (a, b) => (isNumber ? number(a) - number(b) : words(a).localeCompare(words(b)));
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort((a, b) => (isDescending ? -compare(a, b) : compare(a, b))));
}

/** Shows the rows that hold a text, and opens what has any. @param {string} wanted */
function filter(wanted) {
  for (const row of /** @type {NodeListOf<HTMLTableRowElement>} */ (document.querySelectorAll("section tbody tr"))) {
    row.hidden = wanted !== "" && !(row.textContent ?? "").toLowerCase().includes(wanted);
  }
  if (!wanted) return;
  for (const folded of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("section details"))) {
    if (folded.querySelector("tbody")) folded.open = folded.querySelector("tbody tr:not([hidden])") !== null;
  }
}

"use strict";
/** Medians as multiples of that of a chosen configuration; of the fastest of each table, if none is chosen. */
const relative = (() => {
  const tables = [.../** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("table.distributions"))];
  let chosen = "";

  /** @param {HTMLElement} row @returns {number} */
  const median = (row) => Number(row.dataset.median);

  /** A ratio as reports write it. @param {number} value @returns {string} */
  const ratio = (value) => `${value >= 100 ? Math.round(value) : value < 0.1 ? value.toPrecision(2) : value.toFixed(value < 10 ? 2 : 1)}×`;

  /** @param {HTMLTableElement} table */
  function drawTable(table) {
    const rows = [...table.tBodies[0].rows];
    const base = rows.find((row) => row.dataset.name === chosen);
    const base_ns = base ? median(base) : Math.min(...rows.map(median));
    const head = all("th.relative button, th.relative:not(:has(button))", table)[0];
    head.textContent = base ? "of the chosen" : "of the fastest";
    for (const row of rows) {
      const [cell] = all("td.relative", row);
      const found = base_ns > 0 ? median(row) / base_ns : 0;
      cell.dataset.value = String(Math.round(found * 1e6));
      cell.textContent = ratio(found);
      row.classList.toggle("chosen", row === base);
    }
  }

  function draw() {
    for (const table of tables) drawTable(table);
  }

  function begin() {
    const names = [...new Set(tables.flatMap((table) => [...table.tBodies[0].rows]).map((row) => row.dataset.name ?? ""))];
    if (names.length < 2) return;
    const given = readHash().given.get("relative") ?? "";
    if (names.includes(given)) chosen = given;
    const options = ["", ...names].map((name) => element("option", { value: name }, name || "the fastest of each table"));
    const select = element("select", { id: "relative" }, ...options);
    select.value = chosen;
    select.addEventListener("change", () => {
      chosen = select.value;
      writeHash("tables", [["relative", chosen]]);
      draw();
    });
    byId("distributions-bar").prepend(element("label", {}, "Relative to ", select));
    draw();
  }

  return { begin };
})();

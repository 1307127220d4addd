"use strict";
/** The heat map: what its cells show, and what their colour is a share of. */
const heat = (() => {
  const tables = [.../** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("table.heat"))];
  /** @type {HeatState} */
  const shown = { show: "calls", scale: "row" };

  /** The share of a value in the largest; of all calls, in the steps of a logarithm, since they differ much.
   * @param {number} value @param {number} most */
  const ofAll = (value, most) => (value > 0 ? Math.log1p(value) / Math.log1p(most) : 0);

  /** @param {HTMLElement} cell @returns {number} */
  const valueOf = (cell) => Number(cell.dataset[shown.show]);

  function draw() {
    const most = Math.max(0, ...tables.flatMap((table) => [...all("td.heat-cell", table)]).map(valueOf));
    for (const table of tables) {
      table.dataset.show = shown.show;
      for (const row of table.tBodies[0].rows) {
        for (const cell of all("td[data-calls]", row)) cell.dataset.value = cell.dataset[shown.show];
        const cells = [...all("td.heat-cell", row)];
        const inRow = Math.max(0, ...cells.map(valueOf));
        for (const cell of cells) {
          const value = valueOf(cell);
          const share = shown.scale === "row" ? value / Math.max(inRow, 1) : ofAll(value, most);
          cell.style.setProperty("--heat", share.toFixed(3));
        }
      }
    }
  }

  /** A choice above the map. @param {"show"|"scale"} key @param {string} label @param {[string, string][]} options */
  function choice(key, label, options) {
    const select = element("select", { id: key }, ...options.map(([value, name]) => element("option", { value }, name)));
    select.value = shown[key];
    select.addEventListener("change", () => {
      shown[key] = select.value;
      writeHash("heat", Object.entries(shown));
      draw();
    });
    return element("label", {}, `${label} `, select);
  }

  function begin() {
    if (!tables.length) return;
    const sides = tables[0].querySelectorAll("tbody tr:first-child td.heat-cell").length;
    // One side has nothing to be compared with but its own calls.
    if (sides < 2) shown.scale = "all";
    const { given } = readHash();
    shown.show = ["calls", "time", "each"].find((one) => one === given.get("show")) ?? shown.show;
    shown.scale = ["row", "all"].find((one) => one === given.get("scale")) ?? shown.scale;
    byId("heat-bar").prepend(
      choice("show", "Show", [["calls", "number of calls"], ["time", "time in them"], ["each", "time of each"]]),
      choice("scale", "Colour", [["row", "each call by itself"], ["all", "all calls together"]]));
    draw();
  }

  return { begin };
})();

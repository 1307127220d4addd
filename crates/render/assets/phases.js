"use strict";
/** The colour of a phase; waits are hatched, so that colour is never alone.
 * @param {number} phase @returns {string} */
const phaseColour = (phase) => data.phases[phase].colours[isDark() ? 1 : 0];

/** How a phase is filled: its colour, hatched if it is a wait. */
const phaseFill = (() => {
  /** @type {Map<string, string | CanvasPattern>} */
  const made = new Map();
  /** @param {CanvasRenderingContext2D} context @param {number} phase @returns {string | CanvasPattern} */
  return (context, phase) => {
    const key = `${phase} ${isDark()}`;
    const fill = made.get(key) ?? (data.phases[phase].is_wait ? hatched(context, phase) : phaseColour(phase));
    made.set(key, fill);
    return fill;
  };
})();

/** @param {CanvasRenderingContext2D} context @param {number} phase @returns {string | CanvasPattern} */
function hatched(context, phase) {
  const tile = element("canvas", { width: "8", height: "8" });
  const on = contextOf(tile);
  on.fillStyle = phaseColour(phase);
  on.fillRect(0, 0, 8, 8);
  on.strokeStyle = isDark() ? "#00000070" : "#ffffff90";
  on.lineWidth = 2;
  on.beginPath();
  for (const from of [-8, 0, 8]) {
    on.moveTo(from, 8);
    on.lineTo(from + 8, 0);
  }
  on.stroke();
  return context.createPattern(tile, "repeat") ?? phaseColour(phase);
}

/** The colour of a text on a phase. @param {number} phase @returns {string} */
function inkOn(phase) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(phaseColour(phase).slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#101316" : "#ffffff";
}

/** Lists the phases that a run has, with their letters. @param {number[]} phases */
function drawLegend(phases) {
  const list = byId("legend");
  list.replaceChildren();
  for (const phase of phases) {
    const swatch = element("canvas", { width: "18", height: "14", "aria-hidden": "true" });
    const context = contextOf(swatch);
    context.fillStyle = phaseFill(context, phase);
    context.fillRect(0, 0, 18, 14);
    list.append(element("li", {}, swatch, `${data.phases[phase].letter} ${data.phases[phase].name}`));
  }
}

"use strict";
/** What is shown: kept in the address, so that a link shows the same. `#PART&run=0&from=0&to=9...`
 * @type {PageState} */
const state = {
  part: "", run: 0, from: 0, to: 0, piece: -1, finding: -1, width: "path", node: "", search: "",
};

/** @type {("run" | "from" | "to" | "piece" | "finding")[]} */
const numbers = ["run", "from", "to", "piece", "finding"];
/** @type {("width" | "node" | "search")[]} */
const words = ["width", "node", "search"];

/** Takes the state from the address. */
function readAddress() {
  const { part, given } = readHash();
  state.part = part;
  for (const key of words) state[key] = given.get(key) ?? state[key];
  for (const key of numbers) {
    const number = Number(given.get(key));
    if (Number.isFinite(number)) state[key] = number;
  }
  if (!data.runs[state.run]) state.run = 0;
}

/** Puts the state into the address. */
function writeAddress() {
  writeHash(state.part, Object.entries(state).filter(([key]) => key !== "part"));
}

/** The run that is shown. */
const shownRun = () => data.runs[state.run];

/** Shows the whole of the run. */
function fit() {
  state.from = 0;
  state.to = shownRun().wall_ns;
}

/** The parts of the critical path that the chosen finding is about, and the stages that it is about, nothing for
 * all; nothing, if none is chosen. @returns {Chosen | null} */
function chosenParts() {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(`button.finding[data-run="${state.run}"]`));
  const button = buttons[state.finding];
  if (!button) return null;
  const { parts, stage } = button.dataset;
  return { parts: JSON.parse(parts ?? "[]"), stages: stage ? [stage] : null };
}

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
  const [part, ...pairs] = decodeURIComponent(location.hash.slice(1)).split("&");
  /** @type {Map<string, string>} */
  const given = new Map();
  for (const pair of pairs.concat(part.includes("=") ? [part] : [])) {
    const at = pair.indexOf("=");
    given.set(pair.slice(0, at), pair.slice(at + 1));
  }
  state.part = part.includes("=") ? "" : part;
  for (const key of words) state[key] = given.get(key) ?? state[key];
  for (const key of numbers) {
    const number = Number(given.get(key));
    if (Number.isFinite(number)) state[key] = number;
  }
  if (!data.runs[state.run]) state.run = 0;
}

/** Puts the state into the address, without a step in the history. */
function writeAddress() {
  const pairs = Object.entries(state).filter(([key, value]) => key !== "part" && value !== "" && value !== -1);
  const hash = [state.part, ...pairs.map(([key, value]) => `${key}=${value}`)].join("&");
  history.replaceState(null, "", `#${encodeURIComponent(hash).replace(/%26/g, "&").replace(/%3D/g, "=")}`);
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

"use strict";
/** What is shown: kept in the address, so that a link shows the same. `#PART&run=0&from=0&to=9...` */
const state = {
  part: "", run: 0, from: 0, to: 0, piece: -1, finding: -1, width: "path", node: "", search: "",
};

const numbers = ["run", "from", "to", "piece", "finding"];

/** Takes the state from the address. */
function readAddress() {
  const [part, ...pairs] = decodeURIComponent(location.hash.slice(1)).split("&");
  const given = new Map(pairs.concat(part.includes("=") ? [part] : []).map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
  state.part = part.includes("=") ? "" : part;
  for (const [key, value] of given) {
    if (!(key in state) || key === "part") continue;
    const number = Number(value);
    if (!numbers.includes(key)) state[key] = value;
    else if (Number.isFinite(number)) state[key] = number;
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
 * all; nothing, if none is chosen. */
function chosenParts() {
  const buttons = document.querySelectorAll(`button.finding[data-run="${state.run}"]`);
  const button = buttons[state.finding];
  if (!button) return null;
  const { parts, stage } = button.dataset;
  return { parts: JSON.parse(parts), stages: stage ? [stage] : null };
}

"use strict";
/** Writes pairs of names and values, those without a value left out.
 * @param {string} id @param {[string, string][]} pairs */
function showDetail(id, pairs) {
  const list = element("dl", {});
  for (const [name, value] of pairs) {
    if (value) list.append(element("dt", {}, name), element("dd", {}, value));
  }
  byId(id).replaceChildren(list);
}

/** @param {string} id @param {string} sentence */
function showSentence(id, sentence) {
  byId(id).replaceChildren(sentence);
}

/** All that is known of a piece of the critical path. @param {Run} run @param {number} at
 * @returns {[string, string][]} */
function pathDetail(run, at) {
  const path = run.path;
  const phase = data.phases[path.phase[at]].name;
  const part = text(path.part[at]);
  const lane = run.lanes[path.lane[at]];
  const within = lane ? pieceAt(lane, path.start_ns[at]) : -1;
  const stack = data.kernel[path.stack[at]] ?? [];
  return [
    ["critical path", `${duration(path.duration_ns[at])} (${share(path.duration_ns[at], run.wall_ns)}), from ${duration(path.start_ns[at])} on`],
    ["put together", text(path.several[at]) && `${text(path.several[at])}; what follows is the longest piece of these`],
    ["stage", text(run.stages[path.stage[at]].name)],
    ["process", `${text(path.process[at])} ${path.tid[at]} (${data.roles[path.role[at]]})`],
    ["phase", part ? `${phase}: ${part}` : phase],
    ["cause", text(path.cause[at])],
    ["call", within >= 0 && text(lane.note[within]) ? text(lane.note[within]) : text(path.call[at])],
    ["of", text(path.detail[at])],
    ["kernel stack", stack.map(text).join(" › ")],
    ["user stack", userStack(path.user[at])],
    ["woken by", text(path.woken_by[at])],
    ["rule of thumb", text(path.rule[at])],
  ];
}

/** The user stack of a piece, and how many of its samples have it. @param {number} number @returns {string} */
function userStack(number) {
  const found = data.user[number];
  if (!found) return "";
  const [frames, samples, all] = found;
  return `${frames.map(text).join(" › ")} (${samples} of ${all} ${all === 1 ? "sample" : "samples"})`;
}

/** All that is known of a piece of a lane. @param {Lane} lane @param {number} at @returns {[string, string][]} */
function laneDetail(lane, at) {
  const states = ["in user mode", "in a system call", "waits for a CPU", "blocked"];
  const phase = data.phases[lane.phase[at]].name;
  const part = text(lane.part[at]);
  return [
    ["thread", `${text(lane.comm)} ${lane.tid} of ${text(lane.process)} ${lane.tgid} (${data.roles[lane.role]})`],
    ["state", `${states[lane.state[at]]} for ${duration(lane.duration_ns[at])}, from ${duration(lane.start_ns[at])} on; not on the critical path`],
    ["phase", part ? `${phase}: ${part}` : phase],
    ["call", text(lane.note[at])],
  ];
}

/** The piece of a lane at an instant, -1 if there is none. @param {Lane} lane @param {number} ns */
function pieceAt(lane, ns) {
  const at = lastUpTo(lane.start_ns, ns);
  return at >= 0 && ns < lane.start_ns[at] + lane.duration_ns[at] ? at : -1;
}

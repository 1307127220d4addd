"use strict";
/** The rows of a run in the waterfall, by what is opened, and how high they are together. A row has the lanes that it
 * stands for. @param {Run} run @param {Set<string>} opened @param {number} head */
function waterfallRows(run, opened, head) {
  const THIN = 18, ROW = 22;
  /** Lanes by role and process. @type {Map<number, Map<string, number[]>>} */
  const roles = new Map();
  run.lanes.forEach((lane, index) => {
    const processes = roles.get(lane.role) ?? new Map();
    roles.set(lane.role, processes);
    const key = `${lane.tgid} ${text(lane.process)}`;
    processes.set(key, [...(processes.get(key) ?? []), index]);
  });
  /** @type {WaterfallRow[]} */
  const rows = [];
  let top = head;
  /** @param {string} key @param {number} level @param {string} name @param {number[]} lanes @param {boolean} opens */
  const add = (key, level, name, lanes, opens) => {
    const height = level === 2 ? THIN : ROW;
    rows.push({ key, level, name, lanes, opens, top, height });
    top += height + 3;
  };
  for (const [role, processes] of [...roles].sort(([a], [b]) => a - b)) {
    const roleKey = `${state.run} ${role}`;
    add(roleKey, 0, data.roles[role], [...processes.values()].flat(), true);
    if (!opened.has(roleKey)) continue;
    for (const [name, lanes] of processes) {
      const key = `${roleKey} ${name}`;
      const first = run.lanes[lanes[0]];
      add(key, 1, `${text(first.process)} ${first.tgid}`, lanes, lanes.length > 1);
      if (lanes.length < 2 || !opened.has(key)) continue;
      for (const lane of lanes) add("", 2, `${text(run.lanes[lane].comm)} ${run.lanes[lane].tid}`, [lane], false);
    }
  }
  return { rows, height: top + 4 };
}

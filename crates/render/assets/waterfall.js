"use strict";
/** The waterfall: a row for each role, opening into processes and threads, and the critical path through them. */
const waterfall = (() => {
  const canvas = canvasById("waterfall-canvas");
  const NAMES = 190, HEAD = 40;
  /** @type {Set<string>} */
  const opened = new Set();
  /** @type {WaterfallRow[]} */
  let rows = [];
  /** Where the pointer is. @type {number | null} */
  let hover = null;
  /** The ends of what is measured. @type {[number, number] | null} */
  let measure = null;
  /** Where the pointer was pressed, and what was shown. @type {{ x: number, from: number, length: number } | null} */
  let pressed = null;
  let dragged = false;

  /** Puts the rows in their places; how high they are. */
  function layOut() {
    const laidOut = waterfallRows(shownRun(), opened, HEAD);
    rows = laidOut.rows;
    return laidOut.height;
  }

  const width = () => roomOf(canvas) - NAMES;
  /** @param {number} ns */
  const x = (ns) => NAMES + ((ns - state.from) / (state.to - state.from)) * width();
  /** @param {number} at */
  const instant = (at) => state.from + ((at - NAMES) / width()) * (state.to - state.from);

  /** The row that shows a lane: the innermost that is open. @param {number} lane @returns {WaterfallRow | null} */
  function rowOf(lane) {
    let found = null;
    for (const row of rows) if (row.lanes.includes(lane)) found = row;
    return found;
  }

  function draw() {
    const height = layOut();
    const { context } = sized(canvas, height);
    const run = shownRun();
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    drawStages(context, run, height);
    for (const row of rows) drawRow(context, run, row);
    drawPath(context, run);
    drawNames(context, height);
    drawPointer(context, height);
    canvas.setAttribute("aria-label", `Waterfall of ${run.title}, from ${duration(state.from)} to ${duration(state.to)}`);
  }

  /** @param {CanvasRenderingContext2D} context @param {Run} run @param {number} height */
  function drawStages(context, run, height) {
    run.stages.forEach((stage, index) => {
      const [from, to] = [Math.max(x(stage.start_ns), NAMES), x(stage.start_ns + stage.wall_ns)];
      if (to < NAMES || from > NAMES + width()) return;
      if (index % 2 === 0) {
        context.fillStyle = themed("--band");
        context.fillRect(from, 0, to - from, height);
      }
      context.fillStyle = themed("--ink");
      context.fillText(fitted(context, text(stage.name), to - from - 6), from + 4, 10);
      context.fillStyle = themed("--line");
      context.fillRect(to, 0, 1, height);
    });
    context.fillStyle = themed("--quiet");
    context.strokeStyle = themed("--line");
    const step = niceStep((state.to - state.from) / (width() / 90));
    for (let ns = Math.ceil(state.from / step) * step; ns <= state.to; ns += step) {
      context.fillRect(x(ns), HEAD - 14, 1, 6);
      const label = duration(ns);
      if (x(ns) + 3 + context.measureText(label).width > NAMES + width()) continue;
      context.fillText(label, x(ns) + 3, HEAD - 12);
    }
  }

  /** 1, 2 or 5 times a power of ten that is at least so much. @param {number} least */
  function niceStep(least) {
    const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
    return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
  }

  /** What the lanes of a row did: of one thread all states, of several those on a CPU.
   * @param {CanvasRenderingContext2D} context @param {Run} run @param {WaterfallRow} row */
  function drawRow(context, run, row) {
    const isThread = row.lanes.length === 1 && !(row.opens && row.level === 0);
    for (const index of row.lanes) {
      const lane = run.lanes[index];
      let drawnTo = NAMES;
      for (let at = Math.max(0, lastUpTo(lane.start_ns, state.from)); at < lane.start_ns.length; at += 1) {
        const from = lane.start_ns[at];
        if (from > state.to) break;
        const end = x(from + lane.duration_ns[at]);
        if (end < drawnTo || (lane.state[at] > 1 && !isThread)) continue;
        const begin = Math.max(x(from), drawnTo);
        // Less than half a pixel: what follows is drawn over it.
        if (end - begin < 0.5 && end - drawnTo < 0.5) continue;
        context.globalAlpha = lane.state[at] > 1 ? 0.25 : 0.45;
        context.fillStyle = phaseColour(lane.phase[at]);
        const inset = lane.state[at] > 1 ? row.height / 2 - 2 : 4;
        context.fillRect(begin, row.top + inset, Math.max(end - begin, 0.5), row.height - 2 * inset);
        drawnTo = Math.max(end, drawnTo);
      }
    }
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context @param {Run} run */
  function drawPath(context, run) {
    const path = run.path;
    const chosen = chosenParts();
    const rowsOfLanes = new Map(run.lanes.map((_, lane) => [lane, rowOf(lane)]));
    /** @type {WaterfallRow | null} */
    let last = null;
    /** @type {[number, WaterfallRow, WaterfallRow][]} */
    const arrows = [];
    for (let at = 0; at < path.start_ns.length; at += 1) {
      const [from, length] = [path.start_ns[at], path.duration_ns[at]];
      const row = rowsOfLanes.get(path.lane[at]) ?? null;
      const [begin, end] = [Math.max(x(from), NAMES), Math.min(x(from + length), NAMES + width())];
      const isSeen = from + length >= state.from && from <= state.to;
      if (isSeen && row) {
        const isDim = chosen && !isChosen(run, at, chosen);
        context.globalAlpha = isDim ? 0.2 : 1;
        context.fillStyle = phaseFill(context, path.phase[at]);
        context.fillRect(begin, row.top + 1, Math.max(end - begin, 0.6), row.height - 4);
        drawLabel(context, run, at, row, end - begin, begin);
        context.globalAlpha = 1;
        context.fillStyle = themed("--path");
        context.fillRect(begin, row.top + row.height - 3, Math.max(end - begin, 1), 3);
        if (at === state.piece) {
          context.strokeStyle = themed("--accent");
          context.lineWidth = 2;
          context.strokeRect(begin, row.top, Math.max(end - begin, 2), row.height);
        }
      }
      if (isSeen && last && row && last !== row && from >= state.from) arrows.push([x(from), last, row]);
      if (row) last = row;
    }
    for (const arrow of arrows) drawArrow(context, arrow, arrows.length > 400);
  }

  /** @param {CanvasRenderingContext2D} context @param {Run} run @param {number} at @param {WaterfallRow} row
   * @param {number} room @param {number} begin */
  function drawLabel(context, run, at, row, room, begin) {
    if (room < 14) return;
    const path = run.path;
    const phase = data.phases[path.phase[at]];
    const part = text(path.part[at]);
    const label = room < 40 ? phase.letter : part ? `${phase.name}: ${part}` : phase.name;
    context.fillStyle = inkOn(path.phase[at]);
    context.fillText(fitted(context, label, room - 6), begin + 3, row.top + row.height / 2 - 1);
  }

  /** From who was waited for before to who is waited for then.
   * @param {CanvasRenderingContext2D} context @param {[number, WaterfallRow, WaterfallRow]} arrow @param {boolean} isCrowded */
  function drawArrow(context, [at, from, to], isCrowded) {
    const [start, end] = [from.top + from.height - 2, to.top + to.height - 2];
    context.fillStyle = themed("--path");
    context.globalAlpha = isCrowded ? 0.35 : 0.8;
    context.fillRect(at - 0.5, Math.min(start, end), 1, Math.abs(end - start));
    const side = end > start ? -4 : 4;
    context.beginPath();
    context.moveTo(at, end);
    context.lineTo(at - 3, end + side);
    context.lineTo(at + 3, end + side);
    context.fill();
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context @param {number} height */
  function drawNames(context, height) {
    context.fillStyle = themed("--ground");
    context.fillRect(0, 0, NAMES, height);
    for (const row of rows) {
      const mark = row.opens ? (opened.has(row.key) ? "▾ " : "▸ ") : "   ";
      context.fillStyle = row.level === 0 ? themed("--ink") : themed("--quiet");
      context.font = row.level === 0 ? "600 12px system-ui, sans-serif" : "12px system-ui, sans-serif";
      const indent = 6 + row.level * 14;
      context.fillText(fitted(context, mark + row.name, NAMES - indent - 6), indent, row.top + row.height / 2);
    }
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = themed("--line");
    context.fillRect(NAMES - 1, 0, 1, height);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} height */
  function drawPointer(context, height) {
    context.fillStyle = themed("--accent");
    if (measure) {
      const [from, to] = [Math.min(...measure), Math.max(...measure)];
      context.globalAlpha = 0.15;
      context.fillRect(x(from), HEAD, x(to) - x(from), height);
      context.globalAlpha = 1;
      context.fillText(duration(Math.round(to - from)), x(to) + 4, HEAD + 6);
    } else if (hover !== null) {
      context.fillRect(hover, HEAD - 16, 1, height);
    }
  }

  /** Whether a piece is one of those that a finding is about. @param {Run} run @param {number} at @param {Chosen} chosen */
  function isChosen(run, at, { parts, stages }) {
    const path = run.path;
    if (stages && !stages.includes(text(run.stages[path.stage[at]].name))) return false;
    return parts.some(([role, phase, part, call, cause]) =>
      data.roles[path.role[at]] === role && data.phases[path.phase[at]].name === phase && text(path.part[at]) === part
      && text(path.call[at]) === call && text(path.cause[at]) === cause);
  }

  /** Zooms about an instant; a factor below 1 shows more closely. @param {number} factor @param {number} about */
  function zoom(factor, about) {
    const whole = shownRun().wall_ns;
    const length = Math.min(Math.max((state.to - state.from) * factor, 100), whole);
    const share = (about - state.from) / (state.to - state.from);
    moveTo(about - share * length, length);
  }

  /** @param {number} from @param {number} length */
  function moveTo(from, length) {
    const whole = shownRun().wall_ns;
    state.from = Math.round(Math.min(Math.max(from, 0), whole - length));
    state.to = Math.round(state.from + length);
    changed();
  }

  function changed() {
    writeAddress();
    schedule();
  }

  let isScheduled = false;
  /** Draws once before the next frame, however often it is asked for. */
  function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => { isScheduled = false; draw(); });
  }

  /** Shows the detail of a piece of the critical path. @param {number} at */
  function tell(at) {
    const run = shownRun();
    if (at < 0 || at >= run.path.start_ns.length) return;
    state.piece = at;
    showDetail("waterfall-detail", pathDetail(run, at));
    changed();
  }

  /** Does so, and brings the piece into view. @param {number} at */
  function choose(at) {
    const path = shownRun().path;
    const [from, length] = [path.start_ns[at], path.duration_ns[at]];
    if (from + length < state.from || from > state.to) moveTo(from - (state.to - state.from) / 3, state.to - state.from);
    tell(at);
  }

  /** @param {PointerEvent} event */
  function click(event) {
    const at = { x: event.offsetX, y: event.offsetY };
    const row = rows.find((one) => at.y >= one.top && at.y < one.top + one.height + 3);
    if (!row) return;
    if (at.x < NAMES) {
      if (row.opens) {
        if (!opened.delete(row.key)) opened.add(row.key);
        schedule();
      }
      return;
    }
    const run = shownRun();
    const found = pathPieceAt(run, row, at.x);
    if (found >= 0) return choose(found);
    for (const index of row.lanes) {
      const piece = pieceAt(run.lanes[index], instant(at.x));
      if (piece >= 0 && (row.lanes.length === 1 || run.lanes[index].state[piece] < 2)) {
        state.piece = -1;
        showDetail("waterfall-detail", laneDetail(run.lanes[index], piece));
        return changed();
      }
    }
  }

  /** The piece of the critical path on a row within three pixels, the nearest.
   * @param {Run} run @param {WaterfallRow} row @param {number} at */
  function pathPieceAt(run, row, at) {
    let [best, distance] = [-1, 3];
    const path = run.path;
    for (let index = 0; index < path.start_ns.length; index += 1) {
      if (!row.lanes.includes(path.lane[index])) continue;
      const [begin, end] = [x(path.start_ns[index]), x(path.start_ns[index] + path.duration_ns[index])];
      const off = at < begin ? begin - at : at > end ? at - end : 0;
      if (off < distance) [best, distance] = [index, off];
    }
    return best;
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const length = state.to - state.from;
    const middle = state.from + length / 2;
    /** @type {{ [key: string]: (() => void) | undefined }} */
    const actions = {
      ArrowLeft: () => moveTo(state.from - length / 8, length), ArrowRight: () => moveTo(state.from + length / 8, length),
      "+": () => zoom(0.6, middle), "=": () => zoom(0.6, middle), "-": () => zoom(1 / 0.6, middle),
      0: () => { fit(); changed(); }, n: () => choose(state.piece + 1), p: () => choose(state.piece - 1),
      Escape: () => { state.piece = -1; chooseFinding(-1); },
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  function listen() {
    canvas.addEventListener("keydown", key);
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, instant(event.offsetX));
    }, { passive: false });
    canvas.addEventListener("dblclick", (event) => {
      if (event.offsetX < NAMES) return;
      fit();
      changed();
    });
    canvas.addEventListener("pointerdown", (event) => {
      pressed = { x: event.offsetX, from: state.from, length: state.to - state.from };
      dragged = false;
      measure = event.shiftKey ? [instant(event.offsetX), instant(event.offsetX)] : null;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      hover = event.offsetX >= NAMES ? event.offsetX : null;
      if (pressed && Math.abs(event.offsetX - pressed.x) > 3) dragged = true;
      if (pressed && dragged && measure) measure = [measure[0], instant(event.offsetX)];
      else if (pressed && dragged) moveTo(pressed.from - ((event.offsetX - pressed.x) / width()) * pressed.length, pressed.length);
      output.textContent = hover === null ? "" : `at ${duration(Math.round(instant(hover)))}`;
      schedule();
    });
    canvas.addEventListener("pointerup", (event) => {
      if (pressed && !dragged) click(event);
      pressed = null;
    });
    canvas.addEventListener("pointerleave", () => { hover = null; schedule(); });
  }

  const output = element("output", {});

  /** The buttons above the picture. */
  function bar() {
    /** @param {string} label @param {() => void} action */
    const button = (label, action) => {
      const made = element("button", { type: "button" }, label);
      made.addEventListener("click", action);
      return made;
    };
    const box = byId("waterfall-bar");
    if (data.runs.length > 1) {
      const options = data.runs.map((run, index) => element("option", { value: String(index) }, run.title));
      const select = element("select", { id: "run" }, ...options);
      select.addEventListener("change", () => showRun(Number(select.value)));
      box.append(element("label", {}, "Run ", select));
    }
    const middle = () => (state.from + state.to) / 2;
    box.append(
      button("zoom in", () => zoom(0.5, middle())), button("zoom out", () => zoom(2, middle())),
      button("fit", () => { fit(); changed(); }),
      button("open all", () => {
        for (let before = -1; before !== opened.size;) {
          before = opened.size;
          layOut();
          for (const row of rows) if (row.opens) opened.add(row.key);
        }
        schedule();
      }),
      button("close all", () => { opened.clear(); schedule(); }),
      output,
    );
  }

  /** Opens the roles of the run, if it has few processes. */
  function openFew() {
    const run = shownRun();
    if (new Set(run.lanes.map((lane) => lane.tgid)).size > 14) return;
    for (const lane of run.lanes) opened.add(`${state.run} ${lane.role}`);
  }

  return { draw: schedule, bar, listen, choose, tell, openFew, isChosen, rows: () => rows };
})();

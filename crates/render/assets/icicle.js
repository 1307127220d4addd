"use strict";
/** The icicle: stacks from the stage down, as wide as their time. */
const icicle = (() => {
  const canvas = canvasById("icicle-canvas");
  const ROW = 20;
  const KINDS = ["stage", "role", "process", "phase", "kind", "system call", "kernel function", "function"];
  /** @type {Frame} */
  let root = runFrame("");
  let focus = root;
  /** @type {FrameBox[]} */
  let boxes = [];
  /** @type {Frame | null} */
  let current = null;

  /** The frame that holds all others. @param {string} name @returns {Frame} */
  function runFrame(name) {
    return { frame: -1, name, module: "", kind: -1, total: 0, isEstimate: false, children: new Map(), parent: null, key: "" };
  }

  /** The size of a node as a text: a time, or a number of pieces. @param {number} value @returns {string} */
  const size = (value) => (state.width === "count" ? `${value} ${value === 1 ? "piece" : "pieces"}` : duration(value));

  /** The tree of the run's stacks. Each node's time is that of its children and its own. */
  function build() {
    const run = shownRun();
    const stacks = state.width === "thread" ? run.thread_stacks : run.stacks;
    root = runFrame(run.title);
    for (const [frames, ns, isEstimate, pieces] of stacks) {
      const added = state.width === "count" ? pieces : ns;
      if (added === 0) continue;
      root.total += added;
      let node = root;
      for (const frame of frames) {
        let child = node.children.get(frame);
        if (!child) {
          const [name, kind, module] = data.frames[frame];
          child = { frame, name: text(name), module: text(module), kind, total: 0, isEstimate: false,
            children: new Map(), parent: node, key: `${node.key}/${frame}` };
          node.children.set(frame, child);
        }
        child.total += added;
        child.isEstimate = child.isEstimate || (isEstimate === 1 && kindOf(frame) >= 6);
        node = child;
      }
    }
    focus = find(root, state.node) ?? root;
    current = null;
  }

  /** @param {number} frame */
  const kindOf = (frame) => data.frames[frame][1];

  /** @param {Frame} node @param {string} key @returns {Frame | null} */
  function find(node, key) {
    if (node.key === key) return node;
    for (const child of node.children.values()) {
      if (key.startsWith(child.key)) {
        const found = find(child, key);
        if (found) return found;
      }
    }
    return null;
  }

  /** @param {Frame} node */
  function sorted(node) {
    return [...node.children.values()].sort((a, b) => (node === root ? 0 : b.total - a.total));
  }

  /** The boxes of the focus, those above it, and what is below it, as far as it is seen. @param {number} width */
  function layOut(width) {
    boxes = [];
    /** @type {Frame[]} */
    const above = [];
    for (let node = focus.parent; node; node = node.parent) above.unshift(node);
    above.forEach((node, row) => boxes.push({ node, hidden: 0, row, left: 0, width, isAbove: true }));
    /** @param {Frame} node @param {number} row @param {number} left @param {number} scale */
    const add = (node, row, left, scale) => {
      boxes.push({ node, hidden: 0, row, left, width: node.total * scale, isAbove: false });
      let at = left, hidden = 0;
      for (const child of sorted(node)) {
        if (child.total * scale < 0.5) { hidden += child.total; continue; }
        add(child, row + 1, at, scale);
        at += child.total * scale;
      }
      if (hidden * scale >= 1) boxes.push({ node: null, hidden, row: row + 1, left: at, width: hidden * scale, isAbove: false });
    };
    if (focus.total > 0) add(focus, above.length, 0, width / focus.total);
    return Math.max(1, ...boxes.map((box) => box.row + 1)) * ROW + 2;
  }

  function draw() {
    const width = roomOf(canvas);
    const { context } = sized(canvas, layOut(width));
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    const wanted = state.search.toLowerCase();
    for (const box of boxes) drawBox(context, box, wanted);
    const sum = matches(root, wanted);
    byId("matches").textContent = wanted ? `${size(sum)} ${state.width === "count" ? "match" : "matches"} (${share(sum, root.total)})` : "";
    canvas.setAttribute("aria-label", `Phase icicle of ${focus.name}, ${size(focus.total)}`);
  }

  /** @param {CanvasRenderingContext2D} context @param {FrameBox} box @param {string} wanted */
  function drawBox(context, box, wanted) {
    const { node, row, left, width } = box;
    const top = row * ROW;
    context.globalAlpha = box.isAbove ? 0.55 : 1;
    context.fillStyle = node ? colour(context, node) : themed("--line");
    if (node && wanted && isMatch(node, wanted)) context.fillStyle = "#d94fd5";
    context.fillRect(left, top + 1, Math.max(width - 1, 0.5), ROW - 2);
    if (node?.isEstimate && width > 6) {
      context.strokeStyle = themed("--quiet");
      context.setLineDash([2, 2]);
      context.strokeRect(left + 0.5, top + 1.5, Math.max(width - 2, 0.5), ROW - 3);
      context.setLineDash([]);
    }
    if (node && node === current) {
      context.strokeStyle = themed("--accent");
      context.lineWidth = 2;
      context.strokeRect(left + 1, top + 1, Math.max(width - 2, 1), ROW - 2);
      context.lineWidth = 1;
    }
    context.globalAlpha = 1;
    if (width < 16) return;
    const label = node ? node.name : "narrower than a pixel";
    context.fillStyle = node && phaseOf(node) >= 0 ? inkOn(phaseOf(node)) : themed("--ink");
    context.fillText(fitted(context, label, width - 6), left + 3, top + ROW / 2);
  }

  /** @param {string} name */
  const phaseNamed = (name) => data.phases.findIndex((phase) => phase.name === name);

  /** The phase that a node is below, -1 above phases. @param {Frame} node */
  function phaseOf(node) {
    for (let at = /** @type {Frame | null} */ (node); at; at = at.parent) {
      if (at.kind === 3) return phaseNamed(at.name);
    }
    return -1;
  }

  /** @param {CanvasRenderingContext2D} context @param {Frame} node */
  function colour(context, node) {
    const phase = phaseOf(node);
    if (phase < 0) return themed("--raised");
    return node.kind === 3 ? phaseFill(context, phase) : phaseColour(phase);
  }

  /** @param {Frame} node @param {string} wanted */
  const isMatch = (node, wanted) => node.kind >= 0 && node.name.toLowerCase().includes(wanted);

  /** The time of the outermost nodes that match. @param {Frame} node @param {string} wanted */
  function matches(node, wanted) {
    if (!wanted) return 0;
    if (isMatch(node, wanted)) return node.total;
    let sum = 0;
    for (const child of node.children.values()) sum += matches(child, wanted);
    return sum;
  }

  /** @param {Frame} node */
  function show(node) {
    current = node;
    const names = [];
    for (let at = node; at.parent; at = at.parent) names.unshift(at.name);
    const whole = node.kind >= 0 ? "of the run" : "";
    showDetail("icicle-detail", [
      [KINDS[node.kind] ?? "run", node.name],
      [state.width === "count" ? "number" : "time", `${size(node.total)} (${exact(node.total)}${whole ? `, ${share(node.total, root.total)} ${whole}` : ""})`],
      ["within", node.parent && node.parent !== root ? `${share(node.total, node.parent.total)} of ${node.parent.name}` : ""],
      ["estimate", node.isEstimate ? "divided in proportion to samples" : ""],
      ["program or library", node.module],
      ["stack", names.join(" › ")],
    ]);
  }

  /** The size in full. @param {number} value @returns {string} */
  const exact = (value) => (state.width === "count" ? "of the critical path" : `${value} ns`);

  /** @param {Frame} node */
  function zoomTo(node) {
    focus = node;
    state.node = node.key;
    show(node);
    writeAddress();
    draw();
  }

  /** @param {MouseEvent} event */
  function boxAt(event) {
    const row = Math.floor(event.offsetY / ROW);
    return boxes.find((box) => box.row === row && event.offsetX >= box.left && event.offsetX < box.left + box.width);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const node = current ?? focus;
    const siblings = node.parent ? sorted(node.parent) : [node];
    const at = siblings.indexOf(node);
    /** @type {{ [key: string]: Frame | null | undefined }} */
    const next = {
      ArrowDown: sorted(node)[0], ArrowUp: node.parent, ArrowRight: siblings[at + 1], ArrowLeft: siblings[at - 1],
    };
    if (event.key in next) {
      event.preventDefault();
      const goal = next[event.key];
      if (goal) { show(goal); draw(); }
    } else if (event.key === "Enter") zoomTo(node);
    else if (event.key === "Escape") zoomTo(root);
  }

  function listen() {
    canvas.addEventListener("click", (event) => {
      const box = boxAt(event);
      if (box?.node) zoomTo(box.node);
      else if (box) showSentence("icicle-detail", `${size(box.hidden)} in frames that are narrower than a pixel`);
    });
    canvas.addEventListener("mousemove", (event) => {
      const box = boxAt(event);
      canvas.title = box ? `${box.node ? box.node.name : "narrower than a pixel"}: ${size(box.node ? box.node.total : box.hidden)}` : "";
    });
    canvas.addEventListener("keydown", key);
  }

  /** The width and the search above the picture. */
  function bar() {
    const select = element("select", { id: "width" },
      element("option", { value: "path" }, "time on the critical path"),
      element("option", { value: "thread" }, "time of all threads"),
      element("option", { value: "count" }, "number of pieces of the critical path"));
    select.value = state.width;
    select.addEventListener("change", () => {
      state.width = select.value;
      writeAddress();
      build();
      draw();
    });
    const search = element("input", { id: "search", type: "search", autocomplete: "off" });
    search.value = state.search;
    search.addEventListener("input", () => {
      state.search = search.value;
      writeAddress();
      draw();
    });
    byId("icicle-bar").append(
      element("label", {}, "Width ", select), element("label", {}, "Search ", search), element("output", { id: "matches" }));
  }

  /** The time by stage and phase, as the picture has it. */
  function sums() {
    /** @type {{ [names: string]: number }} */
    const found = {};
    /** @param {Frame} node @param {string} stage */
    const visit = (node, stage) => {
      if (node.kind === 3) found[`${stage} ${node.name}`] = (found[`${stage} ${node.name}`] ?? 0) + node.total;
      else for (const child of node.children.values()) visit(child, node.kind === 0 ? node.name : stage);
    };
    for (const child of root.children.values()) visit(child, child.name);
    return found;
  }

  return { build, draw, bar, listen, sums, zoomTo, root: () => root };
})();

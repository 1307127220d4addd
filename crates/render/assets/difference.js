"use strict";
/** Both sides' stacks as icicles beside each other, on one scale; a finding that is chosen leaves what it is about in
 * full colour. */
const difference = (() => {
  const canvas = canvasById("icicle-canvas");
  const ROW = 20, BETWEEN = 12;
  /** @type {Frame} */
  const root = { name: "all stages", a: 0, b: 0, children: new Map(), parent: null };
  let focus = root, wanted = "";
  /** @type {FrameBox[]} */
  let boxes = [];
  /** @type {Frame | null} */
  let current = null;
  let finding = -1;
  /** The frames that the finding is about. @type {Set<Frame>} */
  let chosen = new Set();

  function build() {
    for (const [frames, a, b] of data.stacks) {
      let node = root;
      root.a += a;
      root.b += b;
      for (const frame of frames) {
        let child = node.children.get(frame);
        if (!child) {
          child = { name: text(frame), a: 0, b: 0, children: new Map(), parent: node };
          node.children.set(frame, child);
        }
        child.a += a;
        child.b += b;
        node = child;
      }
    }
  }

  /** The largest first. @param {Frame} node */
  const sorted = (node) => [...node.children.values()].sort((one, other) =>
    Math.max(other.a, other.b) - Math.max(one.a, one.b));

  /** The boxes of both sides; how high they are together. @param {number} width */
  function layOut(width) {
    boxes = [];
    const scale = (width - BETWEEN) / Math.max(focus.a + focus.b, 1);
    /** @param {Frame} node @param {number} row @param {"a" | "b"} side @param {number} left */
    const add = (node, row, side, left) => {
      const length = node[side] * scale;
      if (length < 0.5) return;
      boxes.push({ node, row, left, width: length, side });
      let at = left;
      for (const child of sorted(node)) {
        add(child, row + 1, side, at);
        at += child[side] * scale;
      }
    };
    add(focus, 0, "a", 0);
    add(focus, 0, "b", focus.a * scale + BETWEEN);
    return Math.max(1, ...boxes.map((box) => box.row + 1)) * ROW + 2;
  }

  /** The names from the outermost frame to a node. @param {Frame} node @returns {string[]} */
  function namesOf(node) {
    const names = [];
    for (let at = node; at.parent; at = at.parent) names.unshift(at.name);
    return names;
  }

  /** The node of these names, nothing if there is none. @param {string[]} names */
  function find(names) {
    /** @type {Frame | undefined} */
    let node = root;
    for (const name of names) node = [...(node?.children.values() ?? [])].find((child) => child.name === name);
    return node ?? null;
  }

  /** Whether a node is above or below one that the finding is about. @param {Frame} node @returns {boolean} */
  function isChosen(node) {
    return [...chosen].some((one) => one === node || isWithin(node, one) || isWithin(one, node));
  }

  /** Blue where B takes less, orange where it takes more, pale where there is little change: told apart by
   * all who see few colours. @param {Frame} node */
  function colour(node) {
    const change = (node.b - node.a) / Math.max(node.a, node.b, 1);
    const strength = Math.min(1, Math.abs(change));
    const [from, to] = [isDark() ? [58, 64, 72] : [226, 229, 233], change > 0 ? [224, 123, 31] : [47, 111, 181]];
    const mixed = from.map((value, at) => Math.round(value + (to[at] - value) * strength));
    return { fill: `rgb(${mixed.join(" ")})`, ink: 0.299 * mixed[0] + 0.587 * mixed[1] + 0.114 * mixed[2] > 135 ? "#101316" : "#ffffff" };
  }

  function draw() {
    const width = roomOf(canvas);
    const { context } = sized(canvas, layOut(width));
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const box of boxes) {
      const { fill, ink } = colour(box.node);
      const top = box.row * ROW;
      const isMatch = wanted && box.node.name.toLowerCase().includes(wanted);
      context.globalAlpha = chosen.size > 0 && !isChosen(box.node) ? 0.2 : 1;
      context.fillStyle = isMatch ? "#d94fd5" : fill;
      context.fillRect(box.left, top + 1, Math.max(box.width - 1, 0.5), ROW - 2);
      if (box.node === current || chosen.has(box.node)) {
        context.strokeStyle = themed(chosen.has(box.node) ? "--ink" : "--accent");
        context.lineWidth = 2;
        context.strokeRect(box.left + 1, top + 1, Math.max(box.width - 2, 1), ROW - 2);
      }
      if (box.width < 18) continue;
      const label = box.row === 0 ? `${box.side.toUpperCase()}: ${box.node.name} ${duration(box.node[box.side])}` : box.node.name;
      context.fillStyle = ink;
      context.fillText(fitted(context, label, box.width - 6), box.left + 3, top + ROW / 2);
    }
    context.globalAlpha = 1;
    canvas.setAttribute("aria-label", `Stacks of both sides within ${focus.name}: A ${duration(focus.a)}, B ${duration(focus.b)}`);
  }

  /** A difference with its sign. @param {number} change @returns {string} */
  const signed = (change) => `${change < 0 ? "−" : "+"}${duration(Math.abs(change))}`;

  /** @param {[string, string][]} pairs */
  function tell(pairs) {
    const list = element("dl", {});
    for (const [name, value] of pairs) list.append(element("dt", {}, name), element("dd", {}, value));
    byId("icicle-detail").replaceChildren(list);
  }

  /** @param {Frame} node */
  function show(node) {
    current = node;
    tell([
      ["frame", node.name], ["A", duration(node.a)], ["B", duration(node.b)],
      ["B − A", signed(node.b - node.a)], ["stack", namesOf(node).join(" › ")],
    ]);
  }

  /** @param {Frame} node */
  function zoomTo(node) {
    focus = node;
    show(node);
    writeAddress();
    draw();
  }

  /** Puts what is shown into the address. */
  function writeAddress() {
    const node = focus === root ? "" : JSON.stringify(namesOf(focus));
    writeHash("icicle", [["finding", finding], ["node", node], ["search", wanted]]);
  }

  /** Shows what a finding is about; nothing of none. @param {number} position */
  function choose(position) {
    const buttons = [...all("button.finding")];
    const button = buttons.find((one) => Number(one.dataset.finding) === position);
    finding = button ? position : -1;
    for (const one of buttons) one.setAttribute("aria-pressed", String(Number(one.dataset.finding) === finding));
    /** @type {string[][]} */
    const frames = JSON.parse(button?.dataset.frames ?? "[]");
    chosen = new Set(frames.map(find).filter((node) => node !== null));
    current = null;
    if (button) {
      focus = root;
      // A frame may lie within another: its time is counted once.
      const outermost = [...chosen].filter((node) => ![...chosen].some((other) => other !== node && isWithin(node, other)));
      /** @param {"a" | "b"} side */
      const sum = (side) => outermost.reduce((whole, node) => whole + node[side], 0);
      tell([
        ["finding", button.textContent ?? ""], ["A", duration(sum("a"))], ["B", duration(sum("b"))], ["B − A", signed(sum("b") - sum("a"))],
        ["frames", outermost.map((node) => namesOf(node).join(" › ")).join("; ") || "none on either side"],
      ]);
    } else {
      byId("icicle-detail").replaceChildren("Click a frame to zoom; choose a finding above to see what it is about.");
    }
    draw();
  }

  /** Whether a node is below another. @param {Frame} node @param {Frame} other @returns {boolean} */
  function isWithin(node, other) {
    for (let at = node.parent; at; at = at.parent) if (at === other) return true;
    return false;
  }

  /** Shows what the address says. */
  function restore() {
    const { given } = readHash();
    wanted = given.get("search") ?? "";
    /** @type {HTMLInputElement} */ (byId("search")).value = wanted;
    choose(given.has("finding") ? Number(given.get("finding")) : -1);
    let names = [];
    try {
      names = JSON.parse(given.get("node") ?? "[]");
    } catch {
      // What is no list of names is nothing to zoom to.
    }
    const node = Array.isArray(names) && names.length > 0 ? find(names) : null;
    if (node) zoomTo(node);
  }

  function listen() {
    for (const button of all("button.finding")) {
      button.addEventListener("click", () => {
        const position = Number(button.dataset.finding);
        choose(position === finding ? -1 : position);
        writeAddress();
        if (finding >= 0) byId("icicle").scrollIntoView({ block: "nearest" });
      });
    }
    canvas.addEventListener("click", (event) => {
      const row = Math.floor(event.offsetY / ROW);
      const box = boxes.find((one) => one.row === row && event.offsetX >= one.left && event.offsetX < one.left + one.width);
      if (box) zoomTo(box.node === focus && focus.parent ? focus.parent : box.node);
    });
    canvas.addEventListener("keydown", (event) => {
      const node = current ?? focus;
      const siblings = node.parent ? sorted(node.parent) : [node];
      const at = siblings.indexOf(node);
      /** @type {{ [key: string]: Frame | null | undefined }} */
      const next = { ArrowDown: sorted(node)[0], ArrowUp: node.parent, ArrowRight: siblings[at + 1], ArrowLeft: siblings[at - 1] };
      const goal = next[event.key];
      if (event.key === "Escape") {
        choose(-1);
        zoomTo(root);
      }
      else if (event.key === "Enter") zoomTo(node);
      else if (goal) {
        event.preventDefault();
        show(goal);
        draw();
      }
    });
  }

  function bar() {
    const search = element("input", { id: "search", type: "search", autocomplete: "off" });
    search.addEventListener("input", () => {
      wanted = search.value.toLowerCase();
      writeAddress();
      draw();
    });
    byId("icicle-bar").append(element("label", {}, "Search ", search));
  }

  return { build, draw, listen, bar, restore, root: () => root, chosen: () => [...chosen], zoomTo };
})();

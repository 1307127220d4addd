"use strict";
/** Shows a run from its beginning to its end. @param {number} run */
function showRun(run) {
  Object.assign(state, { run, piece: -1, finding: -1, node: "" });
  fit();
  refresh();
}

/** Draws all that hangs on the run. */
function refresh() {
  const run = shownRun();
  for (const section of all("section.run")) {
    section.hidden = data.runs.length > 1 && Number(section.dataset.run) !== state.run;
  }
  const select = document.getElementById("run");
  if (select instanceof HTMLSelectElement) select.value = String(state.run);
  const phases = data.phases.map((_, phase) => phase).filter((phase) => run.path.phase.includes(phase));
  drawLegend(phases);
  waterfall.openFew();
  waterfall.draw();
  icicle.build();
  icicle.draw();
  markFinding();
  const threads = run.left_out === 1 ? "1 thread was blocked" : `${run.left_out} threads were blocked`;
  showSentence("waterfall-detail", run.left_out ? `${threads} all the time and left out. Click a piece for what it is.` : "Click a piece for what it is.");
  showSentence("icicle-detail", "Click a frame to zoom; the sums are exact.");
  if (state.piece >= 0) waterfall.tell(state.piece);
  writeAddress();
}

/** Chooses a finding of the run: the pictures show what it is about. @param {number} finding */
function chooseFinding(finding) {
  state.finding = finding;
  markFinding();
  writeAddress();
  waterfall.draw();
}

function markFinding() {
  all(`button.finding[data-run="${state.run}"]`).forEach((button, index) => {
    button.setAttribute("aria-pressed", String(index === state.finding));
  });
}

function listenToAnswer() {
  for (const section of all("main section.run")) {
    all("button.finding", section).forEach((button, index) => {
      button.addEventListener("click", () => {
        if (Number(button.dataset.run) !== state.run) showRun(Number(button.dataset.run));
        const isChosen = state.finding === index;
        chooseFinding(isChosen ? -1 : index);
        if (!isChosen) byId("waterfall").scrollIntoView({ block: "nearest" });
      });
    });
  }
  for (const button of all("button.stage")) {
    button.addEventListener("click", () => {
      if (Number(button.dataset.run) !== state.run) showRun(Number(button.dataset.run));
      const run = shownRun();
      const stage = run.stages.find((one) => one.start_ns === Number(button.dataset.start) - run.start_ns);
      if (!stage) return;
      Object.assign(state, { from: stage.start_ns, to: stage.start_ns + stage.wall_ns });
      writeAddress();
      waterfall.draw();
      byId("waterfall").scrollIntoView({ block: "nearest" });
    });
  }
}

/** Goes to the part that the address names. */
function goToPart() {
  if (state.part) document.getElementById(state.part)?.scrollIntoView();
}

function begin() {
  readAddress();
  if (!(state.to > state.from) || state.to > shownRun().wall_ns) fit();
  waterfall.bar();
  icicle.bar();
  waterfall.listen();
  icicle.listen();
  prepareTables();
  listenToAnswer();
  refresh();
  goToPart();
  window.addEventListener("resize", () => { waterfall.draw(); icicle.draw(); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { refresh(); });
  window.addEventListener("hashchange", () => {
    const part = location.hash.slice(1);
    if (part.includes("=")) {
      readAddress();
      refresh();
    } else {
      state.part = part;
      writeAddress();
    }
    goToPart();
  });
}

begin();

/** The data of a report's page, as `html/data` writes it: texts are numbers into `texts`, times nanoseconds. */
interface PageData {
  /** The colours are those on a light ground and on a dark one. */
  phases: { name: string, letter: string, is_wait: boolean, colours: [string, string] }[];
  roles: string[];
  runs: Run[];
  /** Kernel stacks, by id: functions, outermost first. */
  kernel: { [stack: string]: number[] };
  /** User stacks of pieces that were sampled: functions, outermost first, how many samples have it, of how many. */
  user: [number[], number, number][];
  /** Name, kind, program or library. */
  frames: [number, number, number][];
  texts: string[];
}

interface Run {
  title: string;
  wall_ns: number;
  /** When it began, on the recording's clock. */
  start_ns: number;
  stages: { name: number, start_ns: number, wall_ns: number }[];
  lanes: Lane[];
  /** Threads that were blocked all the time. */
  left_out: number;
  path: CriticalPath;
  stacks: RunStack[];
  thread_stacks: RunStack[];
}

/** A thread: columns of its pieces. */
interface Lane {
  tid: number;
  tgid: number;
  role: number;
  process: number;
  comm: number;
  start_ns: number[];
  duration_ns: number[];
  phase: number[];
  /** 0 user, 1 system call, 2 runnable, 3 blocked. */
  state: number[];
  part: number[];
  note: number[];
}

/** Columns of the pieces of a run's critical paths. */
interface CriticalPath {
  stage: number[];
  start_ns: number[];
  duration_ns: number[];
  tid: number[];
  /** -1 of a thread that has none. */
  lane: number[];
  role: number[];
  process: number[];
  phase: number[];
  part: number[];
  call: number[];
  detail: number[];
  cause: number[];
  /** -1 of a piece that has none. */
  stack: number[];
  /** -1 of a piece that has none. */
  user: number[];
  woken_by: number[];
  rule: number[];
  several: number[];
}

/** Frames, outermost first, time, 1 if the time was divided by samples, and the number of pieces. */
type RunStack = [number[], number, number, number];

/** What a finding is about: role, phase, part, call, cause. */
type Part = [string, string, string, string, string];

/** The parts of the chosen finding, and its stages; null for all. */
interface Chosen {
  parts: Part[];
  stages: string[] | null;
}

/** What is shown. */
interface PageState {
  part: string;
  run: number;
  from: number;
  to: number;
  piece: number;
  finding: number;
  width: string;
  node: string;
  search: string;
}

/** A row of the waterfall. */
interface WaterfallRow {
  key: string;
  /** 0 a role, 1 a process, 2 a thread. */
  level: number;
  name: string;
  lanes: number[];
  opens: boolean;
  top: number;
  height: number;
}

/** A frame of the icicle, with what is within it. */
interface Frame {
  frame: number;
  name: string;
  module: string;
  /** -1 the run; else as in `frames`. */
  kind: number;
  total: number;
  isEstimate: boolean;
  children: Map<number, Frame>;
  parent: Frame | null;
  key: string;
}

/** A frame as it is drawn; those that are narrower than a pixel have none, but their sum. */
interface FrameBox {
  node: Frame | null;
  hidden: number;
  row: number;
  left: number;
  width: number;
  isAbove: boolean;
}

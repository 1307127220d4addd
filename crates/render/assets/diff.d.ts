/** The data of a comparison's page: stacks as numbers into `texts`, outermost frame first, with the mean time per
 * run of A and of B in nanoseconds. */
interface PageData {
  stacks: [number[], number, number][];
  texts: string[];
}

/** A frame of the stacks of both sides, with what is within it. */
interface Frame {
  name: string;
  a: number;
  b: number;
  children: Map<number, Frame>;
  parent: Frame | null;
}

/** A frame as it is drawn for a side. */
interface FrameBox {
  node: Frame;
  row: number;
  left: number;
  width: number;
  side: "a" | "b";
}

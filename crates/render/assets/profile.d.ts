/** The page of a profile is markup alone; its scripts need no data. */
interface PageData {
  texts: string[];
}

/** What the heat map shows. */
interface HeatState {
  show: string;
  scale: string;
}

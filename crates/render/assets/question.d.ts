/** The page of an answer is markup alone; its scripts need no data. */
interface PageData {
  texts: string[];
}

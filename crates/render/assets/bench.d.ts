/** A bench's page is markup alone; its scripts need no data. */
interface PageData {
  texts: string[];
}

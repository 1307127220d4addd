"use strict";
/** The address of the page: `#PART&name=value&...`, the part of the page and what is shown in it, so that a link
 * shows the same. */

/** What the address says. @returns {{part: string, given: Map<string, string>}} */
function readHash() {
  const [part, ...pairs] = decodeURIComponent(location.hash.slice(1)).split("&");
  /** @type {Map<string, string>} */
  const given = new Map();
  for (const pair of pairs.concat(part.includes("=") ? [part] : [])) {
    const at = pair.indexOf("=");
    given.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return { part: part.includes("=") ? "" : part, given };
}

/** Puts it into the address, without a step in the history; what is empty or -1 is left out.
 * @param {string} part @param {[string, string|number][]} pairs */
function writeHash(part, pairs) {
  const shown = pairs.filter(([, value]) => value !== "" && value !== -1);
  const hash = [part, ...shown.map(([key, value]) => `${key}=${value}`)].join("&");
  history.replaceState(null, "", `#${encodeURIComponent(hash).replace(/%26/g, "&").replace(/%3D/g, "=")}`);
}

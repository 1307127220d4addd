"use strict";
/** The data of the page, and what all scripts use. */
const data = /** @type {PageData} */ (JSON.parse(byId("data").textContent));

/** The element of the page with an id. @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
}

/** The elements that match. @param {string} selector @param {ParentNode} [within] @returns {NodeListOf<HTMLElement>} */
const all = (selector, within = document) => within.querySelectorAll(selector);

/** The canvas of the page with an id. @param {string} id */
const canvasById = (id) => /** @type {HTMLCanvasElement} */ (byId(id));

/** What a canvas is drawn with. @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("the browser draws no canvas");
  return context;
}

/** The width of the box that a canvas fills. @param {HTMLCanvasElement} canvas */
const roomOf = (canvas) => canvas.parentElement?.clientWidth ?? 0;

/** A text by its number. @param {number} number @returns {string} */
const text = (number) => data.texts[number];

/** Larger units of time, in nanoseconds. @type {[string, number][]} */
const UNITS = [["s", 1e9], ["ms", 1e6], ["µs", 1e3]];

/** A time as reports write it: three figures, ns to s. @param {number} ns @returns {string} */
function duration(ns) {
  for (const [unit, size] of UNITS) {
    // Rounded first: 999.96 µs are 1.00 ms.
    if (Number((ns / size).toPrecision(3)) >= 1) return `${figures(ns / size)} ${unit}`;
  }
  return `${ns} ns`;
}

/** Three figures, none behind the point from 100 on. @param {number} value @returns {string} */
function figures(value) {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

/** A share of a whole. @param {number} part @param {number} whole @returns {string} */
function share(part, whole) {
  if (whole <= 0) return "";
  const percent = (part / whole) * 100;
  return percent > 0 && percent < 0.1 ? "<0.1 %" : `${percent.toFixed(1)} %`;
}

/** An element with attributes and contents; texts are put in as text, never as markup.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {Object<string, string>} attributes @param {...(Node|string)} contents */
function element(name, attributes, ...contents) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...contents);
  return made;
}

/** A canvas as wide as its box and so high, sharp on every screen; its context, in CSS pixels.
 * @param {HTMLCanvasElement} canvas @param {number} height */
function sized(canvas, height) {
  const ratio = window.devicePixelRatio || 1;
  const width = roomOf(canvas);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = contextOf(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width };
}

/** A colour of the style sheet. @param {string} name @returns {string} */
const themed = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Whether the ground is dark. @returns {boolean} */
const isDark = () => window.matchMedia("(prefers-color-scheme: dark)").matches;

/** The position of the last number that is not above a value; -1 if there is none.
 * @param {number[]} sorted @param {number} value @returns {number} */
function lastUpTo(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A text, cut so that it fits. @param {CanvasRenderingContext2D} context @param {string} label @param {number} room */
function fitted(context, label, room) {
  if (context.measureText(label).width <= room) return label;
  const each = context.measureText("m").width * 0.75;
  let length = Math.min(label.length, Math.floor(room / each));
  while (length > 1 && context.measureText(`${label.slice(0, length)}…`).width > room) length -= 1;
  return length > 1 ? `${label.slice(0, length)}…` : "";
}

/** Another municipality than those that the machine names first: by prefecture, then by the first sound of its name.
 *  Where the resident is in this index is known to the page alone; the machine hears of the municipality that is chosen. */

import { el } from "./dom.js";
import { extendable } from "./frame.js";
import { hint, option, title, titled } from "./parts.js";
import { both, placeName } from "./words.js";

const NAMED_FIRST = 4;
const WHOLE_LIST = 30; // what a lying screen shows without scrolling
/** The rows of the kana table, each with the letters in which Latin names of the row begin. */
const ROWS = [
  ["あ", "あいうえお", "A I U E O"],
  ["か", "かきくけこがぎぐげご", "K G"],
  ["さ", "さしすせそざじずぜぞ", "S Z J"],
  ["た", "たちつてとだぢづでど", "T C D"],
  ["な", "なにぬねの", "N"],
  ["は", "はひふへほばびぶべぼぱぴぷぺぽ", "H F B P"],
  ["ま", "まみむめも", "M"],
  ["や", "やゆよ", "Y"],
  ["ら", "らりるれろ", "R"],
  ["わ", "わ", "W"],
];

let prefectures;
let sounding = new Set();
let redraw = () => undefined;
/** null: not in the index; otherwise what was chosen in it so far. */
let at = null;

/** Load the index before the first screen; `drawAgain` draws the present one. */
export async function startFinding(base, drawAgain) {
  const answer = await fetch(`${base}/static/municipalities.json`);
  if (!answer.ok) throw new Error("no municipalities");
  prefectures = await answer.json();
  sounding = new Set(prefectures.flatMap((one) => [one.code, ...one.places.map((place) => place.code)]));
  redraw = drawAgain;
}

/** On a new screen: the next one to ask begins with the municipalities named first. */
export const stopFinding = () => { at = null; };

/** How the voice says a place: by its name, where the index knows it; a demo's ward has none. */
export const placeAloud = ({ code }) => (sounding.has(code) ? [`place_${code}`] : []);

/** What of the options stands on the first screen. */
export const namedFirst = (options) => options.slice(0, NAMED_FIRST);

function go(place, touch) {
  at = place;
  redraw();
  document.getElementById("title").focus({ preventScroll: true });
  if (extendable()) touch("more_time"); // whoever searches is there
}

/** The way into the index, below the municipalities named first. */
export const finder = (voice, touch) =>
  option({ key: "find", voice, choose: () => go({}, touch) }, el("span", { class: "name both" }, both("municipality.find")));

const rowOf = (place) => ROWS.findIndex(([, sounds]) => sounds.includes(place.kana[0]));

/** All municipalities of a prefecture, and those that issue here although no list knows them: a demo's ward. */
function placesOf(prefecture, options) {
  const known = new Set(prefecture.places.map((place) => place.code));
  const more = options.filter((one) => one.code.startsWith(prefecture.code.slice(0, 2)) && !known.has(one.code));
  return [...more.map((one) => ({ code: one.code, ...one.name, kana: "" })), ...prefecture.places];
}

const small = ({ key, voice, words, act, disabled = false }) =>
  el("li", {}, el("button", { type: "button", class: "option small", "data-key": key, "data-voice": voice.join(" "), disabled, onclick: act }, words));

function prefectureView(touch) {
  const choose = (one) =>
    small({ key: one.code, voice: placeAloud(one), words: el("span", { class: "name both" }, placeName(one, { read: false })), act: () => go({ prefecture: one }, touch) });
  return { voice: ["find_prefecture"], main: [title("municipality.prefecture"), el("ul", { class: "options prefectures" }, prefectures.map(choose))], up: null };
}

function rowView(places, touch) {
  const here = new Set(places.map(rowOf));
  const key = ([kana, , latin], row) =>
    small({
      key: `row-${row}`,
      voice: [`row_${row}`],
      words: [el("span", { class: "row-kana", lang: "ja" }, kana), el("span", { class: "row-latin", lang: "en" }, latin)],
      act: () => go({ ...at, row }, touch),
      disabled: !here.has(row),
    });
  return {
    voice: [...placeAloud(at.prefecture), "find_row"],
    main: [titled(placeName(at.prefecture), "municipality.row"), el("ul", { class: "options rows" }, ROWS.map(key))],
    up: {},
  };
}

function listView(places, options, touch, up) {
  const served = new Set(options.map((one) => one.code));
  const choose = (one) =>
    small({ key: one.code, voice: placeAloud(one), words: el("span", { class: "name both" }, placeName(one)), act: () => touch("choose", one.code), disabled: !served.has(one.code) });
  const some = places.some((one) => !served.has(one.code));
  return {
    voice: [...placeAloud(at.prefecture), "find_municipality"],
    main: [titled(placeName(at.prefecture), "municipality.list"), some && hint("municipality.unserved"), el("ul", { class: "options places" }, places.map(choose))],
    up,
  };
}

function view(options, touch) {
  if (!at.prefecture) return prefectureView(touch);
  const places = placesOf(at.prefecture, options);
  if (places.length <= WHOLE_LIST) return listView(places, options, touch, {});
  if (at.row === undefined) return rowView(places, touch);
  const ofRow = places.filter((place) => !place.kana || rowOf(place) === at.row);
  return listView(ofRow, options, touch, { prefecture: at.prefecture });
}

/** The screen of the index, or null while the resident is not in it. */
export function found(data, touch) {
  if (!at) return null;
  const { up, ...drawn } = view(data.options, touch);
  return { step: "choose", ...drawn, back: () => go(up, touch), stop: true };
}

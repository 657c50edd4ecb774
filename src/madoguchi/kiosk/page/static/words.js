/** Words in the language that the resident chose, and the language beside it that helps whoever helps. */

import { el } from "./dom.js";
import { Phrases } from "./phrases.js";

let said;
let phrases;
let current;

/** Load every language before the first screen is drawn; changing between them then needs nothing. */
export async function loadWords(base) {
  const answer = await fetch(`${base}/words.json`);
  if (!answer.ok) throw new Error("no words");
  said = await answer.json();
  said.voice = Object.fromEntries(Object.entries(said.voice).map(([code, clips]) => [code, new Set(clips)]));
  const made = Object.entries(said.phrases).map(([code, texts]) => [code, new Phrases(texts, glue(code))]);
  phrases = Object.fromEntries(made);
  speak();
}

const glue = (code) => (/^(ja|zh)/.test(code) ? "" : " ");

export const languages = () => said.languages;
/** Names of what can be said aloud in a language of the voice. */
export const voiceClips = (code) => said.voice[code];
export const announced = (what) => said.announcements[what];
export const language = () => current;
const byCode = (code) => said.languages.find((one) => one.code === code);

/** Speak this language from now on; without a code, the one that every visit begins with. */
export function speak(code = said.languages[0].code) {
  current = byCode(code);
  document.documentElement.lang = current.lang;
  document.body.dataset.language = current.code;
  document.title = label("service.name");
}

const grouped = (value) => (typeof value === "number" ? value.toLocaleString("ja-JP") : String(value));
const filled = (text, values = {}) => text.replace(/{(\w+)}/g, (_, blank) => grouped(values[blank]));

/** A key of the message files, or words that the machine sent, as text and the language that it turned out to be. */
function say(words, code, values) {
  if (typeof words !== "string") return fromMachine(words, code);
  const found = said.messages[code][words];
  if (found === undefined) throw new Error(`no words for ${words} in ${code}`);
  return { text: filled(found, values), code };
}

function fromMachine(words, code) {
  if (code in words) return { text: words[code], code };
  const found = phrases[code].of(words.en);
  if (found !== undefined) return { text: found, code };
  const { unknown } = byCode(code);
  return { text: words[unknown], code: unknown };
}

const READING = /(?:｜([^《]+)|([\p{Script=Han}々]+))《([^》]+)》/gu;

/** Text in which 漢字《かんじ》 gives a reading (and ｜1日《ついたち》 one for more than kanji), as nodes. */
export function written(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(READING)) {
    const before = text.slice(end, found.index);
    nodes.push(before);
    // After kana (but お金, ご用意) a new word begins: the place to break a line.
    if (/[\p{Script=Hiragana}\p{Script=Katakana}ー]$/u.test(before) && !/[おご]$/.test(before)) nodes.push(el("wbr"));
    // The reading is for the eye: a screen reader reads the word itself.
    nodes.push(el("ruby", {}, found[1] ?? found[2], el("rt", { "aria-hidden": "true" }, found[3])));
    end = found.index + found[0].length;
  }
  return [...nodes, text.slice(end)];
}

/** The same text without its readings. */
export const plain = (text) => text.replace(READING, "$1$2");

const EASY = "ja-easy";

function span(look, { text, code }) {
  // Only our own file holds readings: a ward's words are shown as they are.
  return el("span", { class: look, lang: byCode(code).lang }, code === EASY ? written(text) : text);
}

/** One line for a screen reader, in the chosen language alone: it is read with that language's voice. */
export const label = (key, values) => plain(say(key, current.code, values).text);

function pair(first, second) {
  const same = second === null || second.text === first.text;
  return same ? [span("first", first)] : [span("first", first), span("second", second)];
}

/** The chosen language alone, as an element: where there is no room for two. */
export const alone = (words, values) => span("first alone", say(words, current.code, values));

/** The chosen language, and the one beside it, as elements. */
export const both = (words, values) =>
  pair(say(words, current.code, values), current.beside && say(words, current.beside, values));

/** A municipality's name: as the resident's language writes it, and in the other of the wire's two languages. */
export function name(words) {
  const own = current.names === "ja" ? { text: words.ja, code: "ja" } : fromMachine(words, current.code);
  const other = current.names === "ja" ? "en" : "ja";
  return pair(own, { text: words[other], code: other });
}

/** A place of the index of municipalities, with its reading for whoever looks for it by that. */
export function placeName({ ja, kana, en }, { read = true } = {}) {
  const ruby = kana && current.names === "ja" && (read || current.code === EASY);
  const japanese = (look) => el("span", { class: look, lang: "ja" }, ruby ? written(`｜${ja}《${kana}》`) : ja);
  const latin = (look) => el("span", { class: look, lang: "en" }, en);
  if (current.beside === null) return [japanese("first")];
  return current.names === "ja" ? [japanese("first"), latin("second")] : [latin("first"), japanese("second")];
}

/** The device panel of a demo machine speaks Japanese and English, whatever the resident chose. */
export const panelWords = (words, values) =>
  ["ja", "en"].map((code) => span(code === "ja" ? "first" : "second", { text: panelText(words, code, values), code }));

const panelText = (words, code, values) => (typeof words === "string" ? filled(said.panel[code][words], values) : words[code]);

export const panelLabel = (key, values) => ["ja", "en"].map((code) => panelText(key, code, values)).join(" ");

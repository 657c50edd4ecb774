/** The language control: in the same place on every screen, a list of all languages, and the way back to the first one. */

import { el, icon } from "./dom.js";
import { endsWithVisit, forgetLater } from "./visit.js";
import { both, label, language, languages, plain, speak, written } from "./words.js";

const OPENS = "*"; // on a keypad, where no digit is free

const opener = document.getElementById("language");
const dialog = document.getElementById("languages");

let changed = () => undefined;

/** `redraw` is called after each change of language. */
export function startLanguages(redraw) {
  changed = redraw;
  opener.addEventListener("click", open);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  endsWithVisit({ changed: () => language() !== languages()[0], forget });
  drawOpener();
}

const named = (one) => el("span", { lang: one.lang }, written(one.name));

const languageButton = (one, index, prefix) =>
  el(
    "button",
    { type: "button", class: "language-choice", "data-key": `${prefix}${one.code}`, "aria-pressed": String(one === language()), onclick: () => choose(one.code) },
    prefix ? el("span", { class: "key-hint", "aria-hidden": "true" }, String(index + 1)) : null,
    named(one),
  );

/** All languages by their own names, as large buttons. */
export const languageList = (look, prefix = "") =>
  el("ul", { class: `languages ${look}` }, languages().map((one, index) => el("li", {}, languageButton(one, index, prefix))));

function drawOpener() {
  opener.replaceChildren(icon("globe"), el("span", { class: "language-name", lang: language().lang }, written(language().name)));
  opener.setAttribute("aria-label", `${label("language.open")} ${plain(language().name)}`);
}

function open() {
  if (dialog.open) return;
  const close = el("button", { type: "button", class: "action", "data-key": "language-close", onclick: () => dialog.close() }, icon("stop"), el("span", { class: "both" }, both("language.close")));
  dialog.replaceChildren(el("h2", { id: "languages-title", class: "both" }, both("language.title")), languageList("in-dialog", "dialog-"), close);
  dialog.showModal();
  dialog.querySelector("[aria-pressed=true]").focus();
}

/** Speak `code` from now on. Closing gives the focus back to where it was before the list was opened. */
function choose(code) {
  dialog.close();
  speak(code);
  drawOpener();
  changed();
  forgetLater();
}

function forget() {
  dialog.close();
  speak();
  drawOpener();
}

/** What the machine asks next must not lie under the list. */
export const closeList = () => dialog.close();

/** Digits choose on the start screen and in the list. */
export function languageKeys(event) {
  const one = /^[1-9]$/.test(event.key) && languages()[Number(event.key) - 1];
  if (one) choose(one.code);
  return Boolean(one);
}

/** The keys that work on every screen; true when this one was for the list. */
export function keysEverywhere(event) {
  if (event.key === OPENS) open();
  else return dialog.open && languageKeys(event);
  return true;
}

/** While the list lies over the screen, keys are not meant for what is under it. */
export const listOpen = () => dialog.open;

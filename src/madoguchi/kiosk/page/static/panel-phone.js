/** The phone in the hand at a demo machine: its holder confirms, or refuses, on the phone itself. */

import { el } from "./dom.js";
import { panelWords as both } from "./words.js";

const ANSWERS = { confirm_on_phone: "panel.phone.confirm", refuse_on_phone: "panel.phone.refuse" };

const button = (operation, words, operate) =>
  el("button", { type: "button", class: "hand quiet", "data-key": operation, onclick: () => operate(operation) }, el("span", { class: "both" }, both(words)));

/** What its holder can do on the phone that lies on the reader; nothing for what asks nobody. */
export const onThePhone = (lying, operate) =>
  lying?.medium === "iphone" ? [el("div", { class: "row" }, ...Object.entries(ANSWERS).map(([operation, words]) => button(operation, words, operate)))] : [];

/** How what lies there looks. */
export const lookOf = (lying) => (lying.medium === "card" ? "plastic" : "plastic phone");

/** Hands at the devices, and what every unit of the drawn machine is made of. */

import { Refused } from "../api.js";
import { el } from "../dom.js";
import { showToast } from "../frame.js";
import { panelWords as both } from "../words.js";

let machine;

/** Where hands reach. */
export function reach(to) {
  machine = to;
}

/** One hand at a device. What the machine refuses is said as on the screen; a machine without power says nothing.
 *  What follows comes by the stream alone: an answer to a hand may be older than what the stream has told since. */
export async function operate(operation, value = null) {
  try {
    await machine.post("panel", { operation, value });
  } catch (error) {
    if (error instanceof Refused) showToast(error.problem);
  }
}

/** A button: something that a person does. */
export const hand = (words, key, look, act, disabled = false) =>
  el("button", { type: "button", class: `hand ${look}`, "data-key": key, disabled, onclick: act }, el("span", { class: "both" }, both(words)));

/** A unit of the machine under its name. */
export const unit = (name, words, ...content) =>
  el("section", { class: `unit ${name}`, "aria-labelledby": `unit-${name}` }, el("h3", { id: `unit-${name}`, class: "both" }, both(words)), ...content);

/** Words in both languages, in an element that keeps its place. */
export const say = (place, words, values) => place.replaceChildren(...both(words, values));

/** What need not be read to go on: folded away until it is asked for, and folded again on the next screen. */

import { el, icon } from "./dom.js";
import { reachable } from "./frame.js";
import { both } from "./words.js";

const unfolded = new Set();

/** On a new screen; the same one drawn again (another language) stays as it is. */
export const foldAll = () => unfolded.clear();

function toggle(button, box) {
  if (!unfolded.delete("details")) unfolded.add("details");
  box.hidden = !unfolded.has("details");
  button.setAttribute("aria-expanded", String(!box.hidden));
  reachable();
}

/** A button that tells more, and what it tells. */
export function details(...content) {
  const open = unfolded.has("details");
  const box = el("div", { class: "details", id: "details", hidden: !open }, ...content);
  const properties = { type: "button", class: "details-key", "data-key": "details", "data-voice": "action_details", "aria-expanded": String(open), "aria-controls": "details" };
  const button = el("button", { ...properties, onclick: () => toggle(button, box) }, icon("info"), el("span", { class: "both" }, both("action.details")));
  return el("div", { class: "detailed" }, button, box);
}

/** The first `count` entries of a list, and in place of the others one that brings them: `opener(unfold)` makes it. */
export function folded(entries, count, opener) {
  const rest = entries.slice(count);
  if (rest.length < 2 || unfolded.has("list")) return entries;
  for (const one of rest) one.hidden = true;
  const key = opener(() => {
    unfolded.add("list");
    for (const one of rest) one.hidden = false;
    key.remove();
    rest[0].querySelector("button").focus();
    reachable();
  });
  return [...entries.slice(0, count), key, ...rest];
}

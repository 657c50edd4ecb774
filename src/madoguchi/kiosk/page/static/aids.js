/** What makes the screen easier to see for one resident: text twice as large, white on black. */

import { el, icon } from "./dom.js";
import { plain, alone } from "./words.js";
import { endsWithVisit, forgetLater } from "./visit.js";

const AIDS = { text: { sign: "text", on: "large" }, contrast: { sign: "contrast", on: "high" } };
const KEYS = { "/": "text", "-": "contrast" }; // on a keypad, where no digit is free

const kiosk = document.getElementById("kiosk");
const place = document.getElementById("aids");
let changed = () => undefined;

/** `redraw` is called after each change, because more or less then fits on the glass. */
export function startAids(redraw) {
  changed = redraw;
  endsWithVisit({ changed: () => Object.keys(AIDS).some(isOn), forget });
  drawAids();
}

const isOn = (name) => kiosk.dataset[name] !== undefined;

function button([name, { sign }]) {
  const key = Object.keys(KEYS).find((one) => KEYS[one] === name);
  const properties = { type: "button", class: "aid", "data-key": name, "aria-pressed": String(isOn(name)), "aria-keyshortcuts": key, onclick: () => toggle(name) };
  return el("button", properties, icon(sign), alone(`aids.${name}`));
}

/** Also after another language was chosen. */
export function drawAids() {
  place.setAttribute("aria-label", plain(alone("aids.label").textContent));
  place.replaceChildren(...Object.entries(AIDS).map(button));
}

function toggle(name) {
  if (isOn(name)) delete kiosk.dataset[name];
  else kiosk.dataset[name] = AIDS[name].on;
  drawAids();
  place.querySelector(`[data-key=${name}]`).focus({ preventScroll: true });
  changed();
  forgetLater();
}

function forget() {
  for (const name of Object.keys(AIDS)) delete kiosk.dataset[name];
  drawAids();
}

/** True when this key was for an aid. */
export function aidKeys(event) {
  const name = KEYS[event.key];
  if (name) toggle(name);
  return Boolean(name);
}

/** What makes the screen easier for one resident: text twice as large, white on black, and the voice's buttons. */

import { el, icon } from "./dom.js";
import { alone, plain } from "./words.js";
import { endsWithVisit, forgetLater } from "./visit.js";
import { startVoice, voiceButtons } from "./voice.js";

const AIDS = { text: { sign: "text", on: "large" }, contrast: { sign: "contrast", on: "high" } };
const KEYS = { "/": "text", "-": "contrast" }; // on a keypad, where no digit is free

const kiosk = document.getElementById("kiosk");
const place = document.getElementById("aids");
let changed = () => undefined;

/** `redraw` is called after each change, because more or less then fits on the glass. */
export function startAids(redraw) {
  changed = redraw;
  endsWithVisit({ changed: () => Object.keys(AIDS).some(isOn), forget });
  startVoice(drawAids);
  drawAids();
}

const isOn = (name) => kiosk.dataset[name] !== undefined;

function button([name, { sign }]) {
  const key = Object.keys(KEYS).find((one) => KEYS[one] === name);
  const properties = { type: "button", class: "aid", "data-key": name, "aria-pressed": String(isOn(name)), "aria-keyshortcuts": key, "data-voice": `aid_${name}`, onclick: () => toggle(name) };
  return el("button", properties, icon(sign), alone(`aids.${name}`));
}

/** Also after another language was chosen. What had the focus keeps it. */
export function drawAids() {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  place.setAttribute("aria-label", plain(alone("aids.label").textContent));
  place.replaceChildren(...Object.entries(AIDS).map(button), ...voiceButtons());
  if (focused) place.querySelector(`[data-key=${focused}]`).focus({ preventScroll: true });
}

function toggle(name) {
  if (isOn(name)) delete kiosk.dataset[name];
  else kiosk.dataset[name] = AIDS[name].on;
  drawAids();
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

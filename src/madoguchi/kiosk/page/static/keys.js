/** Whatever a finger can do on the glass, a keypad can: arrows, Enter, digits for what stands in a list, back and stop. */

import { readOn } from "./frame.js";
import { greet, sayPlace } from "./voice.js";

const dialog = document.getElementById("languages");
const kiosk = document.getElementById("kiosk");

const NEXT = new Set(["ArrowDown", "ArrowRight"]);
const PREVIOUS = new Set(["ArrowUp", "ArrowLeft"]);
/** Up and down read what lies between two places as well; left and right go straight there. */
const READING = new Set(["ArrowDown", "ArrowUp"]);
const BUTTONS = { Backspace: "back", Escape: "stop" };

/** Everything that takes a touch now, in the order in which it is read. */
function places() {
  const within = dialog.open ? dialog : kiosk;
  return [...within.querySelectorAll("button:not(:disabled), main[tabindex='0']")].filter((one) => one.checkVisibility() && !one.closest("[inert]"));
}

/** From one place to the next; after the last comes the first, so that nothing is out of reach. */
function move(forward, reads) {
  const all = places();
  const here = document.activeElement;
  const follows = (one) => Boolean(here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  const after = all.filter((one) => one !== here && follows(one));
  const before = all.filter((one) => one !== here && !follows(one));
  const order = forward ? [...after, ...before] : [...after, ...before].reverse();
  const next = order[0];
  if (!next || (reads && !dialog.open && readOn(next, forward))) return;
  next.focus();
  sayPlace(next);
}

/** The digit that stands beside a choice chooses it. */
function choose(digit) {
  const choice = [...document.querySelectorAll("#main .option")].filter((one) => one.checkVisibility())[Number(digit) - 1];
  if (!choice) return false;
  choice.click();
  return true;
}

function press(key) {
  const button = kiosk.querySelector(`#actions [data-key="${key}"]`);
  button?.click();
  return Boolean(button);
}

/** True when this key did something. Keys at the device panel of a demo machine are not the resident's. */
export function keypad(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.("#device")) return false;
  const first = !kiosk.classList.contains("by-keys");
  kiosk.classList.add("by-keys");
  if (first) greet();
  if (NEXT.has(event.key) || PREVIOUS.has(event.key)) move(NEXT.has(event.key), READING.has(event.key));
  else if (dialog.open) return false;
  else if (/^[1-9]$/.test(event.key)) return choose(event.key);
  else if (event.key in BUTTONS) return press(BUTTONS[event.key]);
  else return false;
  return true;
}

/** Digits beside choices are shown to whoever uses keys, and to nobody else. */
export const startKeypad = () => document.addEventListener("pointerdown", () => kiosk.classList.remove("by-keys"));

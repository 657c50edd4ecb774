/** Card, PIN and card back. Digits go to the machine one by one; this page knows only how many there are. */

import { details } from "../details.js";
import { el, icon, picture } from "../dom.js";
import { beside, hint, notice, title } from "../parts.js";
import { both, label } from "../words.js";

const DIGITS = 4;
const FULL_TRIES = 3; // of a card at which nobody has failed yet
const KEYS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

export const card = (data) => ({
  step: "card",
  voice: [data.problem ? "card_again" : "card"],
  main: [
    beside(
      picture("card-set"),
      title("card.title"),
      data.problem ? notice("warn", el("p", { class: "both" }, both(data.problem))) : null,
      hint("card.hint"),
      details(hint("card.phone")),
    ),
  ],
  back: true,
  stop: true,
});

const digitKey = (digit, touch, full) =>
  el("button", { type: "button", class: "key", "data-key": `d${digit}`, disabled: full, onclick: () => touch("digit", digit) }, String(digit));

function pad(entered, touch) {
  const full = entered >= DIGITS;
  return el(
    "div",
    { class: "pad" },
    KEYS.map((digit) => digitKey(digit, touch, full)),
    el(
      "button",
      { type: "button", class: "key word", "data-key": "erase", "data-voice": "action_erase", disabled: entered === 0, onclick: () => touch("erase") },
      icon("erase"),
      el("span", { class: "both" }, both("action.erase")),
    ),
    digitKey(0, touch, full),
    el(
      "button",
      { type: "button", class: "key word enter", "data-key": "confirm", "data-voice": "action_enter", disabled: !full, onclick: () => touch("confirm") },
      el("span", { class: "both" }, both("action.enter")),
    ),
  );
}

const dots = (entered) =>
  el(
    "p",
    { class: "dots", role: "img", "aria-label": label("pin.entered", { entered }) },
    Array.from({ length: DIGITS }, (_, index) => el("span", { class: index < entered ? "dot full" : "dot" })),
  );

/** The keys of a keyboard or a keypad do what the keys on the glass do. */
function typed(entered, touch) {
  return (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return false;
    if (/^[0-9]$/.test(event.key) && entered < DIGITS) touch("digit", Number(event.key));
    else if (event.key === "Backspace" && entered > 0) touch("erase");
    else if (event.key === "Enter" && entered === DIGITS && event.target?.dataset?.key !== "stop") touch("confirm");
    else return false;
    return true;
  };
}

const tries = (left) => el("p", { class: left < FULL_TRIES ? "tries few both" : "tries both" }, both("pin.tries", { tries: left }));

/** Of a PIN the voice says how many digits there are, and never which. */
function pinAloud({ digits_entered: entered, tries_left: left, wrong }) {
  if (entered > 0) return [`digits_${entered}`];
  return [wrong ? "pin_wrong" : "pin", ...(left === 1 ? ["pin_last"] : [])];
}

export const pin = (data, touch) => ({
  step: "card",
  voice: pinAloud(data),
  keys: typed(data.digits_entered, touch),
  said: [data.wrong && data.digits_entered === 0 && label("pin.wrong"), label("pin.entered", { entered: data.digits_entered }), label("pin.tries", { tries: data.tries_left })],
  main: [
    el(
      "div",
      { class: "pin" },
      el(
        "div",
        { class: "telling" },
        title("pin.title"),
        hint("pin.hint"),
        data.wrong ? notice("bad", el("p", { class: "both" }, both("pin.wrong"))) : null,
        dots(data.digits_entered),
        data.tries_left < FULL_TRIES ? tries(data.tries_left) : null,
        hint("pin.cover"),
        data.tries_left < FULL_TRIES ? null : details(tries(data.tries_left)),
      ),
      pad(data.digits_entered, touch),
    ),
  ],
  stop: true,
});

export const card_back = (data) => ({
  step: "card",
  calling: true,
  main: [
    beside(
      picture("card-take"),
      title("card_back.title"),
      data.staff ? notice("bad", el("p", { class: "both" }, both("card_back.staff"))) : null,
    ),
  ],
});

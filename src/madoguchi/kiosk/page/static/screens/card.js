/** Card, PIN and card back. Digits go to the machine one by one; this page knows only how many there are. */

import { details } from "../details.js";
import { el, icon, picture } from "../dom.js";
import { beside, hint, notice, title } from "../parts.js";
import { choose, digits, isShuffled, newPad } from "../shuffle.js";
import { endsWithVisit } from "../visit.js";
import { both, label } from "../words.js";

const DIGITS = 4;
const FULL_TRIES = 3; // of a card at which nobody has failed yet

let entered = null; // digits on the PIN screen that stands; null: another screen stands

endsWithVisit({ changed: () => false, forget: () => { entered = null; } });

/** Every PIN that is entered has an order of digits of its own: the first one, and each after a wrong one. */
function padFor({ digits_entered: now, always_shuffled: always }) {
  if (entered === null || (entered === DIGITS && now === 0)) newPad(always);
  entered = now;
}

const left = (screen) => {
  entered = null;
  return screen;
};

export const card = (data) => left({
  step: "card",
  voice: [data.problem ? "card_again" : "card"],
  main: [
    beside(
      picture("card-set"),
      title("card.title"),
      data.problem ? notice("warn", el("p", { class: "both" }, both(data.problem))) : null,
      hint("card.hint"),
      details(hint("card.phone"), hint("card.with_phone")),
    ),
  ],
  back: true,
  stop: true,
});

const digitKey = (digit, touch, full) =>
  el("button", { type: "button", class: "key", "data-key": `d${digit}`, disabled: full, onclick: () => touch("digit", digit) }, String(digit));

/** The resident's own choice; where the machine always shuffles there is none. */
function orderButton(data, touch) {
  if (data.always_shuffled) return null;
  const words = isShuffled() ? "in_order" : "shuffle";
  const change = (event) => {
    choose(words === "shuffle");
    const drawn = pad(data, touch);
    event.currentTarget.closest(".pad").replaceWith(drawn);
    drawn.querySelector("[data-key=order]").focus({ preventScroll: true });
  };
  return el(
    "button",
    { type: "button", class: "pad-order", "data-key": "order", "data-voice": `action_${words}`, onclick: change },
    el("span", { class: "both" }, both(`pin.${words}`)),
  );
}

function pad(data, touch) {
  const entered = data.digits_entered;
  const { above, below } = digits();
  const full = entered >= DIGITS;
  return el(
    "div",
    { class: "pad" },
    above.map((digit) => digitKey(digit, touch, full)),
    el(
      "button",
      { type: "button", class: "key word", "data-key": "erase", "data-voice": "action_erase", disabled: entered === 0, onclick: () => touch("erase") },
      icon("erase"),
      el("span", { class: "both" }, both("action.erase")),
    ),
    digitKey(below, touch, full),
    el(
      "button",
      { type: "button", class: "key word enter", "data-key": "confirm", "data-voice": "action_enter", disabled: !full, onclick: () => touch("confirm") },
      el("span", { class: "both" }, both("action.enter")),
    ),
    orderButton(data, touch),
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

export function pin(data, touch) {
  padFor(data);
  return pinScreen(data, touch);
}

const pinScreen = (data, touch) => ({
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
      pad(data, touch),
    ),
  ],
  stop: true,
});

/** A phone that has no PIN: its holder confirms on it, and there is nothing to type here. */
export const phone = () => left({
  step: "card",
  main: [beside(picture("phone-confirm"), title("phone.title"), hint("phone.hint"), hint("phone.keep"))],
  stop: true,
});

const BACK = {
  card: { calling: "take_card", voice: "card_back", picture: "card-take", title: "card_back.title", staff: "card_back.staff" },
  phone: { calling: "take_phone", voice: "phone_back", picture: "phone-take", title: "card_back.phone.title", staff: "card_back.phone.staff" },
};

export function card_back(data) {
  const words = data.phone ? BACK.phone : BACK.card;
  return left({
    step: "card",
    calling: words.calling,
    voice: [words.voice],
    main: [
      beside(
        picture(words.picture),
        title(words.title),
        data.staff ? notice("bad", el("p", { class: "both" }, both(words.staff))) : null,
      ),
    ],
  });
}

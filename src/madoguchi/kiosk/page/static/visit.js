/** Nobody's choices are left for the next resident: they end with the visit, or after a while before one began. */

const FORGET_MS = 90_000;
const OPEN_ENDED = new Set(["start", "out_of_service"]); // no time of the machine's own ends these

const choices = [];
let redraw = () => undefined;
let forgetting;
let screen;

/** `drawn` is called when choices were forgotten while a screen stands. */
export function startVisits(drawn) {
  redraw = drawn;
}

/** @param {{changed: () => boolean, forget: () => void}} choice */
export function endsWithVisit(choice) {
  choices.push(choice);
}

/** True when a visit has ended, and with it what was chosen in it. */
export function onNewScreen(name) {
  const ended = name === "start" && screen !== undefined;
  screen = name;
  if (ended) forget();
  forgetLater();
  return ended;
}

/** To be called after each choice. */
export function forgetLater() {
  clearTimeout(forgetting);
  if (!OPEN_ENDED.has(screen) || !choices.some((one) => one.changed())) return;
  forgetting = setTimeout(() => {
    forget();
    redraw();
  }, FORGET_MS);
}

const forget = () => choices.forEach((one) => one.forget());

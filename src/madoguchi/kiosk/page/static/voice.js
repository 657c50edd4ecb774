/** The voice: says once what a screen asks, calls for what is left behind, falls silent when it is told to. */

import { el, icon } from "./dom.js";
import { endsWithVisit, forgetLater } from "./visit.js";
import { alone, announced, language, voiceClips } from "./words.js";

const STEPS = [0.3, 0.6, 1];
const FIRST_STEP = 1;
const SENTENCE = 2; // clips: what an amount is of, and the amount
const PLACE = "place_";
const CALL_MS = 10_000;
const UNASKED = new Set(["start", "out_of_service"]); // nobody may be there to hear it
const KEYS = { "+": again, ".": toggle };

const player = new Audio();
let speaks = true;
let step = FIRST_STEP;
let asked = { name: null, clips: [], by: null };
let queue = [];
let calling;
let changed = () => undefined;

/** `redraw` draws the buttons again. */
export function startVoice(redraw) {
  changed = redraw;
  player.addEventListener("ended", next);
  endsWithVisit({ changed: () => !speaks || step !== FIRST_STEP, forget });
}

/** The name of a place sounds the same in every language. */
const isPlace = (clip) => clip.startsWith(PLACE);

/** Japanese for those who read it; everybody else hears English, and the button says so. */
const spoken = () => (language().lang === "ja" ? "ja" : "en");
const base = () => document.body.dataset.base ?? "";

function next() {
  const clip = queue.shift();
  document.body.dataset.saying = clip ?? "";
  if (!clip) return;
  player.src = `${base()}/static/voice/${isPlace(clip) ? `places/${clip.slice(PLACE.length)}` : `${spoken()}/${clip}`}.ogg`;
  player.volume = STEPS[step];
  // Before the first touch a browser plays nothing, and a machine without a loudspeaker never does.
  player.play().catch(() => { queue = []; });
}

function say(clips) {
  player.pause();
  queue = clips.filter((clip) => isPlace(clip) || voiceClips(spoken()).has(clip));
  next();
}

/** Say what a screen asks; what was said of the screen before is cut off. The same again is not said again.
 *  `calls` is what to call for, again and again, while the screen stands. */
export function sayScreen(name, clips, calls) {
  const other = name !== asked.name;
  const known = other || spoken() !== asked.by ? 0 : clips.findIndex((clip, index) => clip !== asked.clips[index]);
  if (known < 0 && clips.length === asked.clips.length) return;
  const fresh = clips.slice(Math.max(0, Math.min(known, clips.length - SENTENCE)));
  asked = { name, clips, by: spoken() };
  if (other) callFor(announced(calls));
  if (UNASKED.has(name)) say([]);
  else if (speaks) say(fresh);
}

/** Card or paper is called for until it is taken, also with the voice stopped: nobody shall leave it behind. */
function callFor(clip) {
  clearInterval(calling);
  if (clip) calling = setInterval(() => say([clip]), CALL_MS);
}

/** What an arrow key has reached: its place in the list, and what it is. */
export function sayPlace(place) {
  if (speaks && place?.dataset.voice) say(place.dataset.voice.split(" "));
}

/** The first key of a visit: somebody is there, who may not see. */
export function greet() {
  if (UNASKED.has(asked.name) && speaks) again();
}

function again() {
  say(asked.clips);
}

function toggle() {
  speaks = !speaks;
  if (!speaks) say([]);
  else again();
  chosen();
}

function louder() {
  step = (step + 1) % STEPS.length;
  again();
  chosen();
}

function chosen() {
  changed();
  forgetLater();
}

function forget() {
  speaks = true;
  step = FIRST_STEP;
}

const button = (key, sign, words, act, more = {}) =>
  el("button", { type: "button", class: "aid", "data-key": key, onclick: act, ...more }, icon(sign), words);

/** Say it again, stop it, louder. */
export const voiceButtons = () => [
  button("again", "sound", alone("voice.again"), again, { "aria-keyshortcuts": "+", "data-voice": "aid_again" }),
  button("voice", speaks ? "silent" : "sound", alone(speaks ? "voice.stop" : "voice.start"), toggle, { "aria-keyshortcuts": ".", "data-voice": "aid_voice" }),
  button("volume", "volume", alone("voice.volume", { step: step + 1, of: STEPS.length }), louder, { "data-voice": "aid_volume" }),
];

/** True when this key was for the voice. */
export function voiceKeys(event) {
  KEYS[event.key]?.();
  return event.key in KEYS;
}

/** The frame around every screen: progress, remaining time, and the buttons that are always in the same place. */

import { el, icon } from "./dom.js";
import { alone, both, label, language } from "./words.js";

const STEPS = ["choose", "card", "prepare", "pay", "take"];
const SOON_SECONDS = 20;
const END_PIXELS = 8;
const PART_OF_SCREEN = 0.6;
const byId = (id) => document.getElementById(id);

/** Words of the page that never change. */
export function fillWords() {
  for (const place of document.querySelectorAll("[data-words]")) place.replaceChildren(...both(place.dataset.words));
  byId("progress").setAttribute("aria-label", label("progress.label"));
  byId("more").replaceChildren(el("span", { class: "more-sign", "aria-hidden": "true" }, icon("next")), alone("action.more"));
}

export function showProgress(step) {
  const progress = byId("progress");
  progress.hidden = step === undefined;
  const at = step === "end" ? STEPS.length : STEPS.indexOf(step);
  const item = (name, index) =>
    el(
      "li",
      { class: index < at ? "past" : index === at ? "here" : "ahead", "aria-current": index === at && "step" },
      index > 0 ? el("span", { class: "way", "aria-hidden": "true" }) : null,
      el("span", { class: "bullet", "aria-hidden": "true" }, index < at ? icon("good") : String(index + 1)),
      el("span", { class: "step-name both" }, both(`progress.${name}`)),
    );
  progress.replaceChildren(el("ol", {}, STEPS.map(item)));
}

/** How far a visit is, in words: for a screen reader, which does not see the line of steps. */
export function progressWords(step) {
  const at = STEPS.indexOf(step) + 1;
  return at > 0 ? label("progress.at", { at, of: STEPS.length, step: label(`progress.${step}`) }) : "";
}

/** Said by a screen reader, once. */
export function tell(words) {
  byId("said").lang = language().lang;
  if (byId("said").textContent !== words) byId("said").textContent = words;
}

const button = (words, { key, sign, look = "", voice = key, act }) =>
  el(
    "button",
    { type: "button", class: `action ${look}`, "data-key": key, "data-voice": `action_${voice}`, onclick: act },
    sign ? icon(sign) : null,
    el("span", { class: "both" }, both(words)),
  );

export function showActions({ back, stop, primary }, touch) {
  byId("actions").replaceChildren(
    ...[
      back && button("action.back", { key: "back", sign: "back", act: back === true ? () => touch("back") : back }),
      stop && button("action.stop", { key: "stop", sign: "stop", act: () => touch("stop") }),
      primary && button(primary.words, { key: "primary", look: `primary ${primary.look ?? ""}`, voice: primary.words.slice("action.".length), act: primary.act }),
    ].filter(Boolean),
  );
}

let endsAt = null;
let mayExtend = false;

/** The time of this screen can begin anew. */
export const extendable = () => mayExtend;

/** Set the countdown to what the machine says; it runs on by itself between two screens. */
export function setTime(seconds, more) {
  mayExtend = more;
  endsAt = seconds === null ? null : performance.now() + seconds * 1000;
  tick();
}

function tick() {
  const time = byId("time");
  time.hidden = endsAt === null;
  if (endsAt === null) return warn(false);
  const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  const shown = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (byId("time-figure").textContent !== shown) byId("time-figure").textContent = shown;
  time.classList.toggle("soon", left <= SOON_SECONDS);
  warn(left <= SOON_SECONDS);
}

/** Said once to a screen reader, when the colour changes for everybody else; and time may be had once more. */
function warn(soon) {
  const offer = byId("more-time");
  if (offer.hidden === (soon && mayExtend)) {
    if (document.activeElement === offer) byId("title").focus({ preventScroll: true });
    offer.hidden = !(soon && mayExtend);
  }
  const said = soon ? label("time.soon") : "";
  if (byId("soon").textContent !== said) byId("soon").textContent = said;
}

export function startClock(touch) {
  byId("more-time").addEventListener("click", () => touch("more_time"));
  setInterval(tick, 250);
}

let toastEnds;

/** A touch that the machine refused, in its own words, for a few seconds. */
export function showToast(problem) {
  const toast = byId("toast");
  toast.replaceChildren(icon("info"), el("p", { class: "both" }, both(problem)));
  toast.hidden = false;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => { toast.hidden = true; }, 5000);
}

let veiled = false;
let before;

/** While the machine does not answer, nothing of a transaction stays readable and nothing can be touched. */
export function showVeil(silent) {
  if (silent === veiled) return;
  veiled = silent;
  if (silent) {
    before = document.activeElement;
    byId("languages").close();
  }
  byId("veil").hidden = !silent;
  byId("kiosk").classList.toggle("veiled", silent);
  for (const part of [byId("main"), byId("actions"), byId("aids"), byId("language"), byId("more-time")]) part.inert = silent;
  // What is hidden loses the focus; whoever works by keys goes on where they were.
  if (!silent) (before?.isConnected ? before : byId("title"))?.focus({ preventScroll: true });
}

/** What scrolls now: the middle of a screen, or with large text all of it. */
const scrolling = () => [byId("main"), byId("kiosk")].find((one) => one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY !== "visible");

/** Whoever works by keys alone scrolls a long screen with them, so it must take the focus then; others get a button. */
export function reachable() {
  const part = scrolling();
  byId("main").tabIndex = part === byId("main") ? 0 : -1;
  // It stands just above the foot, or with large text above the edge of the glass.
  byId("more").style.marginBottom = part === byId("main") ? `${byId("aids").closest("footer").offsetHeight}px` : "0";
  byId("more").hidden = !part || part.scrollTop + part.clientHeight >= part.scrollHeight - END_PIXELS;
}

/** By an arrow: what lies before the next place comes into sight first, so that keys alone read a long screen whole. */
export function readOn(next, forward) {
  const part = scrolling();
  if (!part) return false;
  const view = part.getBoundingClientRect();
  const there = next.getBoundingClientRect();
  const onTheWay = part.contains(next) ? (forward ? there.top >= view.bottom : there.bottom <= view.top) : part.contains(document.activeElement);
  const room = forward ? part.scrollHeight - part.clientHeight - part.scrollTop : part.scrollTop;
  if (!onTheWay || room <= END_PIXELS) return false;
  part.scrollBy({ top: part.clientHeight * (forward ? PART_OF_SCREEN : -PART_OF_SCREEN) });
  return true;
}

export function startScrolling() {
  byId("more").addEventListener("click", () => scrolling()?.scrollBy({ top: scrolling().clientHeight * PART_OF_SCREEN }));
  for (const part of [byId("main"), byId("kiosk")]) part.addEventListener("scroll", reachable);
  new ResizeObserver(reachable).observe(byId("main"));
}

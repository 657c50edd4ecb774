/** The kiosk page: shows the screen that the machine names and sends back what is touched. It decides nothing. */

import { Machine, Refused } from "./api.js";
import { aidKeys, drawAids, startAids } from "./aids.js";
import { foldAll } from "./details.js";
import { startFinding, stopFinding } from "./find.js";
import { fillWords, progressWords, reachable, setTime, showActions, showProgress, showToast, showVeil, startClock, startScrolling, tell } from "./frame.js";
import { keypad, startKeypad } from "./keys.js";
import { closeList, keysEverywhere, listOpen, startLanguages } from "./languages.js";
import * as card from "./screens/card.js";
import * as choose from "./screens/choose.js";
import * as end from "./screens/end.js";
import * as money from "./screens/money.js";
import * as wait from "./screens/wait.js";
import { onNewScreen, startVisits } from "./visit.js";
import { sayScreen, voiceKeys } from "./voice.js";
import { loadWords } from "./words.js";

const SCREENS = { ...choose, ...card, ...wait, ...money, ...end };
const base = document.body.dataset.base;
const machine = new Machine(base, document.querySelector("meta[name=kiosk-token]").content);
const main = document.getElementById("main");
const kiosk = document.getElementById("kiosk");

let shown = { name: null, revision: -Infinity };
let keys = () => false;
let touching = false;

const QUICK = new Set(["digit", "erase", "more_time"]);

/** Send one touch, in order after those before it. A second one is dropped, unless it is typing, which is fast, or time. */
async function touch(action, value = null) {
  const quick = QUICK.has(action);
  if (touching && !quick) return;
  touching ||= !quick;
  try {
    show(await machine.post("touch", { screen: shown.name, action, value }));
  } catch (error) {
    if (!(error instanceof Refused)) showVeil(true);
    else if (error.problem.code !== "kiosk.page_stale_touch") showToast(error.problem);
  } finally {
    if (!quick) touching = false;
  }
}

/** Take a screen that the machine sent. */
function show(screen) {
  showVeil(false);
  if (screen.revision < shown.revision) return; // the stream is behind the answer to a touch
  setTime(screen.seconds_left, screen.may_extend);
  if (screen.revision === shown.revision) return;
  const same = screen.name === shown.name;
  if (!same) {
    closeList();
    foldAll();
    stopFinding();
  }
  if (!same && onNewScreen(screen.name)) fillWords();
  draw(screen, same);
}

/** Draw a screen. The old one goes entirely: nothing of one resident's screen is left for the next. */
function draw(screen, same) {
  const focused = same ? document.activeElement?.dataset?.key : undefined;
  shown = screen;
  const drawn = SCREENS[screen.name](screen.data, touch);
  main.replaceChildren(...drawn.main.filter(Boolean));
  kiosk.dataset.screen = screen.name;
  kiosk.classList.toggle("calling", Boolean(drawn.calling));
  keys = drawn.keys ?? (() => false);
  showProgress(drawn.step);
  showActions(drawn, touch);
  tell([same ? "" : progressWords(drawn.step), ...(drawn.said ?? []), ...((same && drawn.changed) || [])].filter(Boolean).join(" "));
  sayScreen(screen.name, drawn.voice ?? [screen.name], drawn.calling);
  if (!same) main.scrollTop = kiosk.scrollTop = 0;
  reachable();
  focus(focused);
}

/** The same screen in another language. */
function redraw() {
  fillWords();
  drawAids();
  if (shown.name !== null) draw(shown, true);
}

function focus(key) {
  const again = key && kiosk.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  (again || document.getElementById("title")).focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("#device")) return; // hands at a demo machine, not the resident's keypad
  if (keysEverywhere(event) || (!listOpen() && (keys(event) || aidKeys(event) || voiceKeys(event))) || keypad(event)) event.preventDefault();
});
document.addEventListener("contextmenu", (event) => event.preventDefault());

await loadWords(base);
await startFinding(base, redraw);
fillWords();
startVisits(redraw);
startLanguages(redraw);
startAids(reachable);
startKeypad();
startScrolling();
startClock(touch);
document.fonts.addEventListener("loadingdone", reachable); // another font, another length of the screen
if (document.body.hasAttribute("data-panel")) {
  const { startPanel } = await import("./panel.js");
  startPanel(machine);
}
await machine.follow("events", show, () => showVeil(true));

/** The kiosk page: shows the screen that the machine names and sends back what is touched. It decides nothing. */

import { Machine, Refused } from "./api.js";
import { el } from "./dom.js";
import { fillWords, setTime, showActions, showProgress, showToast, showVeil, startClock } from "./frame.js";
import * as card from "./screens/card.js";
import * as choose from "./screens/choose.js";
import * as end from "./screens/end.js";
import * as money from "./screens/money.js";
import * as wait from "./screens/wait.js";
import { both, loadWords } from "./words.js";

const SCREENS = { ...choose, ...card, ...wait, ...money, ...end };
const base = document.body.dataset.base;
const machine = new Machine(base, document.querySelector("meta[name=kiosk-token]").content);
const main = document.getElementById("main");
const kiosk = document.getElementById("kiosk");

let shown = { name: null, revision: -Infinity };
let keys = () => false;
let touching = false;

const TYPED = new Set(["digit", "erase"]);

/** Send one touch, in order after those before it. A second one is dropped, unless it is typing, which is fast. */
async function touch(action, value = null) {
  const typing = TYPED.has(action);
  if (touching && !typing) return;
  touching ||= !typing;
  try {
    show(await machine.post("touch", { screen: shown.name, action, value }));
  } catch (error) {
    if (!(error instanceof Refused)) showVeil(true);
    else if (error.problem.code !== "kiosk.page_stale_touch") showToast(error.problem);
  } finally {
    if (!typing) touching = false;
  }
}

/** Draw a screen. The old one goes entirely: nothing of one resident's screen is left for the next. */
function show(screen) {
  showVeil(false);
  if (screen.revision < shown.revision) return; // the stream is behind the answer to a touch
  setTime(screen.seconds_left);
  if (screen.revision === shown.revision) return;
  const same = screen.name === shown.name;
  const focused = same ? document.activeElement?.dataset?.key : undefined;
  shown = { name: screen.name, revision: screen.revision };
  const drawn = SCREENS[screen.name](screen.data, touch);
  const about = drawn.about ? [el("p", { class: "about both" }, both(drawn.about))] : [];
  main.replaceChildren(...about, ...drawn.main.filter(Boolean));
  kiosk.dataset.screen = screen.name;
  kiosk.classList.toggle("calling", Boolean(drawn.calling));
  keys = drawn.keys ?? (() => false);
  showProgress(drawn.step);
  showActions(drawn, touch);
  if (!same) main.scrollTop = 0;
  focus(focused);
}

function focus(key) {
  const again = key && kiosk.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  (again || document.getElementById("title")).focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (keys(event)) event.preventDefault();
});
document.addEventListener("contextmenu", (event) => event.preventDefault());

await loadWords(base);
fillWords();
startClock();
if (document.body.hasAttribute("data-panel")) {
  const { startPanel } = await import("./panel.js");
  startPanel(machine);
}
await machine.follow("events", show, () => showVeil(true));

/** The demo machine around the screen: a drawn multi-copier whose units are played by mouse, touch or keys. */

import { el } from "./dom.js";
import { coinUnit } from "./panel/coins.js";
import { doorUnit } from "./panel/door.js";
import { emoneyUnit } from "./panel/emoney.js";
import { reach } from "./panel/hands.js";
import { mishapUnit } from "./panel/mishaps.js";
import { plate } from "./panel/plate.js";
import { readerUnit } from "./panel/reader.js";
import { receiptUnit } from "./panel/receipt.js";
import { trayUnit } from "./panel/tray.js";

const device = document.getElementById("device");

/** Two units side by side. */
function pair(...units) {
  return { element: el("div", { class: "pair" }, units.map((unit) => unit.element)), show: (panel) => units.forEach((unit) => unit.show(panel)) };
}

/** Each has a place in the drawing and shows the state of the devices. What else a machine has is added here. */
const desk = [plate(), readerUnit(), coinUnit(), pair(emoneyUnit(), receiptUnit()), mishapUnit()];
const front = [trayUnit(), doorUnit()];

function show(panel) {
  const focused = device.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  delete device.dataset.dark;
  device.dataset.lamp = panel.lamp;
  for (const unit of [...desk, ...front]) unit.show(panel);
  if (focused && document.activeElement?.dataset?.key !== focused) device.querySelector(`[data-key="${CSS.escape(focused)}"]:not(:disabled)`)?.focus({ preventScroll: true });
}

/** The machine does not answer: its power is off, or it is on its way. */
function dark() {
  device.dataset.dark = "";
}

/** Follow the devices for as long as the page lives. */
export function startPanel(machine) {
  reach(machine);
  device.replaceChildren(
    el("div", { class: "console" }, desk.map((unit) => unit.element), el("div", { class: "louvre", "aria-hidden": "true" })),
    el("div", { class: "front" }, front.map((unit) => unit.element)),
  );
  void machine.follow("panel-events", show, dark, 0);
}

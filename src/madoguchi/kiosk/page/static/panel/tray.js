/** The tray: a slit out of which sheets come, and the drawer that feeds them. The sheets are drawn, never the paper. */

import { el } from "../dom.js";
import { panelWords as both } from "../words.js";
import { drawerDrawing, jamDrawing, sheetDrawing } from "./art.js";
import { hand, operate, say, unit } from "./hands.js";

const MOST_DRAWN = 5;
const TURNS = MOST_DRAWN;

function sheet(index) {
  return el("span", { class: `sheet turn${index % TURNS}` }, sheetDrawing());
}

export function trayUnit() {
  const lying = el("div", { class: "lying" });
  const mouth = el("div", { class: "tray-mouth", "aria-hidden": "true", onclick: () => take.disabled || operate("take_paper") }, el("span", { class: "slit" }), lying, jamDrawing());
  const words = el("p", { class: "tray-words both", role: "status" }, both("panel.tray.empty"));
  const take = hand("panel.tray.take", "take_paper", "take", () => operate("take_paper"), true);
  const drawer = el("div", { class: "drawer", "aria-hidden": "true" }, drawerDrawing());
  const element = unit("tray", "panel.tray", el("div", { class: "tray-row" }, mouth, el("div", { class: "tray-hand" }, words, take), drawer));
  return {
    element,
    show({ tray_sheets: sheets, faults }) {
      const drawn = Math.min(sheets, MOST_DRAWN);
      while (lying.children.length > drawn) lying.lastChild.remove();
      while (lying.children.length < drawn) lying.append(sheet(lying.children.length)); // it slides out as it is added
      element.classList.toggle("jammed", faults.includes("jam"));
      element.classList.toggle("used-up", faults.includes("media_empty"));
      take.disabled = sheets === 0;
      if (sheets > 0) say(words, "panel.tray.sheets", { sheets });
      else say(words, "panel.tray.empty");
    },
  };
}

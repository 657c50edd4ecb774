/** What may happen to a machine, to be tried: each button makes it so, or puts it right. */

import { el } from "../dom.js";
import { panelWords as both } from "../words.js";
import { hand, operate, say, unit } from "./hands.js";

const FAULTS = ["jam", "media_empty", "network", "emoney", "receipt"];
const kiosk = document.getElementById("kiosk");
const stage = kiosk.closest(".stage");

/** The resident has gone: nobody touches the screen until the machine has ended the visit, or somebody comes back. */
function leaving() {
  const note = el("p", { class: "away both", role: "status", hidden: true }, both("panel.away"));
  stage.parentElement.append(note);
  const button = hand("panel.leave", "leave", "quiet", () => away(!stage.inert));
  const away = (gone) => {
    stage.inert = gone;
    note.hidden = !gone;
    button.setAttribute("aria-pressed", String(gone));
    say(button.firstChild, gone ? "panel.return" : "panel.leave");
  };
  const back = () => stage.inert && kiosk.dataset.screen === "start" && away(false);
  new MutationObserver(back).observe(kiosk, { attributeFilter: ["data-screen"] });
  return button;
}

function fault(name) {
  let wrong = false;
  const button = hand(`panel.provoke.${name}`, `provoke-${name}`, "quiet", () => operate(wrong ? "repair" : "provoke", name));
  return {
    button,
    show({ faults }) {
      if (wrong === faults.includes(name)) return;
      wrong = !wrong;
      const act = wrong ? "repair" : "provoke";
      button.dataset.key = `${act}-${name}`;
      button.className = wrong ? "hand wrong" : "hand quiet";
      say(button.firstChild, `panel.${act}.${name}`);
    },
  };
}

export function mishapUnit() {
  const faults = FAULTS.map(fault);
  const plug = hand("panel.power", "power_off", "quiet", () => operate("power_off"));
  const early = hand("panel.early", "take_card_early", "quiet", () => operate("take_card"), true);
  const settled = el("div", { class: "settled-place", role: "status" });
  let before = "";
  return {
    element: unit("faults", "panel.faults", el("div", { class: "mishaps" }, faults.map((one) => one.button), early, leaving(), plug), settled),
    show(panel) {
      for (const one of faults) one.show(panel);
      early.disabled = panel.card === null || panel.lamp === "calling" || panel.lamp === "staff";
      plug.hidden = !panel.has_plug;
      const same = JSON.stringify(panel.settled);
      if (same === before) return;
      before = same;
      settled.replaceChildren(...panel.settled.slice(-1).map((one) => el("p", { class: "settled both" }, both("panel.settled", one))));
    },
  };
}

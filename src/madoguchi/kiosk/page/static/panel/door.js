/** The service door: opened with the key that hangs beside it, or by force. */

import { el } from "../dom.js";
import { doorDrawing } from "./art.js";
import { hand, operate, say, unit } from "./hands.js";

export function doorUnit() {
  const state = el("p", { class: "door-words both", role: "status" });
  const place = el("div", { class: "door-place" }, doorDrawing());
  const key = hand("panel.door.key", "turn_key", "quiet", () => operate("turn_key", document.body.dataset.doorKey));
  const open = (words) => hand(words, "open_door", "quiet", () => operate("open_door"));
  const close = hand("panel.door.close", "close_door", "wrong", () => operate("close_door"));
  const turn = el("div", { class: "door-turn" });
  let before;
  return {
    element: unit("door", "panel.door", el("div", { class: "door-row" }, place, el("div", { class: "door-hand" }, state, el("div", { class: "door-hands" }, key, turn)))),
    show({ door_open: stands, door_locked: locked }) {
      const now = stands ? "stands" : locked ? "locked" : "unlocked";
      if (now === before) return;
      before = now;
      place.dataset.door = now;
      say(state, `panel.door.${now}`);
      turn.replaceChildren(stands ? close : open(locked ? "panel.door.force" : "panel.door.open"));
    },
  };
}

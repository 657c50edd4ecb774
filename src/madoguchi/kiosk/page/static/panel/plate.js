/** The name plate with the lamp and the loudspeaker. */

import { el } from "../dom.js";
import { panelWords as both } from "../words.js";
import { say } from "./hands.js";

export function plate() {
  const state = el("span", { class: "both", role: "status" });
  const element = el(
    "header",
    { class: "plate" },
    el("h2", { id: "device-title", class: "both" }, both("panel.title")),
    el("div", { class: "lamp" }, el("span", { class: "light", "aria-hidden": "true" }), state),
    el("span", { class: "speaker", "aria-hidden": "true" }),
    el("p", { class: "dark-words both", role: "status" }, both("panel.dark")),
  );
  let before;
  return {
    element,
    show({ lamp }) {
      if (lamp !== before) say(state, `panel.lamp.${lamp}`);
      before = lamp;
    },
  };
}

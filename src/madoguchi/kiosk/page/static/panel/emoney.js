/** The e-money pad: what a hand may hold over it. */

import { el } from "../dom.js";
import { hand, operate, unit } from "./hands.js";

const MEDIA = ["enough", "short", "early"];

export function emoneyUnit() {
  const media = MEDIA.map((medium) => hand(`panel.emoney.${medium}`, `emoney-${medium}`, medium === "enough" ? "" : "quiet", () => operate("touch_emoney", medium), true));
  const row = el("div", { class: "media" }, media);
  return {
    element: unit("emoney", "panel.emoney", row),
    show({ accepts_emoney: accepts }) {
      for (const one of media) one.disabled = !accepts;
      row.classList.toggle("open", accepts);
    },
  };
}

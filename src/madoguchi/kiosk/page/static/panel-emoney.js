/** The e-money pad of a demo machine: what a hand may hold over it. */

const MEDIA = ["enough", "short", "early"];

/** @param {{unit: Function, hand: Function, operate: Function}} of how the panel makes units and buttons */
export function emoneyUnit(panel, { unit, hand, operate }) {
  const media = MEDIA.map((medium) =>
    hand(`panel.emoney.${medium}`, `emoney-${medium}`, medium === "enough" ? "" : "quiet", () => operate("touch_emoney", medium), !panel.accepts_emoney),
  );
  return unit("emoney", "panel.emoney", ...media);
}

/** Drawings, built element by element like everything else here. */

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element; `class` and everything else are attributes. */
export function draw(tag, properties = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, String(value));
  made.append(...children.flat());
  return made;
}

/** A drawing of `width` × `height` units that says nothing which words beside it do not say. */
export const drawing = (look, width, height, ...parts) =>
  draw("svg", { class: look, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" }, parts);

const rect = (x, y, width, height, rx, look) => draw("rect", { x, y, width, height, rx, class: look });
const path = (d, look) => draw("path", { d, class: look });
const circle = (cx, cy, r, look) => draw("circle", { cx, cy, r, class: look });

/** The reader: a pad with waves, which a card covers. */
export const padDrawing = () =>
  drawing(
    "pad-drawing", 150, 96,
    rect(1.5, 1.5, 147, 93, 12, "body"),
    rect(11, 11, 128, 74, 8, "well"),
    path("M62 34a20 20 0 0 1 0 28M72 27a30 30 0 0 1 0 42M82 20a40 40 0 0 1 0 56", "waves"),
    circle(52, 48, 4, "dot"),
    draw("g", { class: "plastic" },
      rect(17, 17, 116, 62, 7, "card"),
      rect(27, 35, 18, 14, 3, "chip"),
      path("M27 42h18M36 35v14", "chip-line"),
      path("M27 27h46", "card-line"),
      circle(112, 37, 12, "photo"),
      path("M99 62a13 13 0 0 1 26 0z", "photo"),
    ),
  );

/** Slots for coins and notes, and the cup under them. */
export const slotDrawing = () =>
  drawing(
    "slot-drawing", 118, 96,
    rect(1.5, 1.5, 115, 93, 10, "body"),
    rect(12, 10, 38, 34, 6, "cover"), rect(28, 15, 6, 24, 3, "gap"),
    rect(58, 10, 48, 34, 6, "cover"), rect(64, 24, 36, 6, 3, "gap"),
    path("M14 54h90v20a12 12 0 0 1-12 12H26a12 12 0 0 1-12-12z", "cup"),
    draw("g", { class: "change" }, circle(46, 77, 8, "silver"), circle(60, 74, 8, "copper"), circle(73, 77, 8, "silver")),
  );

/** The service door with its lock. */
export const doorDrawing = () =>
  drawing(
    "door-drawing", 96, 84,
    rect(1.5, 1.5, 93, 81, 6, "inside"),
    path("M14 18h40M14 32h28M14 46h40M14 60h28", "works"),
    draw("g", { class: "leaf" }, rect(3, 3, 90, 78, 5, "body"), rect(12, 36, 22, 10, 5, "handle"), circle(74, 41, 12, "lock"), rect(72, 34, 4, 14, 2, "keyhole")),
  );

/** A sheet of paper with lines: never the paper that was made. */
export const sheetDrawing = () =>
  drawing(
    "sheet-drawing", 210, 150,
    rect(1, -6, 208, 155, 2, "paper"),
    path("M66 20h78", "title"),
    path("M22 42h90M22 56h166M22 70h166M22 84h142", "line"),
    rect(150, 102, 34, 34, 2, "seal"),
    path("M22 108h92M22 122h70", "line"),
  );

/** A sheet that is stuck. */
export const jamDrawing = () =>
  drawing("jam-drawing", 210, 60, path("M14 0l10 22 18-12 16 26 22-18 20 24 24-22 18 18 22-22 14 14 18-30z", "paper"), path("M42 10l16 26M100 42l24-22M142 38l22-22", "line"));

/** The sheets that the drawer holds. */
export const drawerDrawing = () =>
  drawing("drawer-drawing", 120, 40, rect(1.5, 1.5, 117, 37, 5, "body"), path("M14 30h92M14 25h92M14 20h92M14 15h92", "stack"), rect(46, 6, 28, 5, 2.5, "handle"));

/** Building elements without markup in strings: nothing that a server sends can become code. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `on...` properties are listeners, `class` and everything else are attributes; false and null are left out.
 * @param {string} tag @param {Record<string, unknown>} [properties] @param {...(Node|string|Array<Node|string>)} children
 */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

const base = () => document.body.dataset.base ?? "";

/** One of the shared icons; it says nothing that words beside it do not say. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${base()}/look/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** One of the kiosk's drawings; decoration, so without words. */
export const picture = (name) => el("img", { class: "picture", src: `${base()}/static/pictures/${name}.svg`, alt: "" });

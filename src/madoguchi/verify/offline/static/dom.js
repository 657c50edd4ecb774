// Building what is shown, from words and values; never from markup.

const SVG = "http://www.w3.org/2000/svg";

let words = null;

export function useWords(loaded) {
  words = loaded;
}

/** A pair of texts with its {blanks} filled; a blank that is a pair itself gives each language its own. */
export function pair(key, values = {}) {
  const filled = (language) => words[language][key].replace(/{(\w+)}/g, (_, name) => values[name][language] ?? values[name]);
  return { ja: filled("ja"), en: filled("en") };
}

/** Japanese first, English beside it; a text that is the same in both stands once. */
export function both(text) {
  const spans = [element("span", { class: "ja", lang: "ja" }, text.ja)];
  if (text.en && text.en !== text.ja) spans.push(" ", element("span", { class: "en", lang: "en" }, text.en));
  return spans;
}

export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat());
  return made;
}

export function icon(name) {
  const made = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `../look/icons.svg#${name}`);
  made.append(use);
  return made;
}

/** A moment in the device's own time. */
export function moment(seconds) {
  const shown = (locale) =>
    new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(seconds * 1000));
  return { ja: shown("ja-JP"), en: shown("en-GB") };
}

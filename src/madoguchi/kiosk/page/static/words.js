/** The message files, and words shown in both languages: Japanese first, English beside it. */

import { el } from "./dom.js";

const LANGUAGES = ["ja", "en"];
const files = {};

/** Load every language before the first screen is drawn. */
export async function loadWords(base) {
  await Promise.all(
    LANGUAGES.map(async (language) => {
      const answer = await fetch(`${base}/messages/${language}.json`);
      if (!answer.ok) throw new Error(`no messages for ${language}`);
      files[language] = await answer.json();
    }),
  );
}

const grouped = (value) => (typeof value === "number" ? value.toLocaleString("ja-JP") : String(value));

/** The text of a key (or of words that the machine sent) in one language, blanks filled. */
export function text(words, language, values = {}) {
  const found = typeof words === "string" ? files[language][words] : words[language];
  if (found === undefined) throw new Error(`no words for ${words} in ${language}`);
  return found.replace(/{(\w+)}/g, (_, blank) => grouped(values[blank]));
}

/** Both languages as one line for a screen reader's label. */
export const label = (words, values) => LANGUAGES.map((language) => text(words, language, values)).join(" ");

/** Both languages as elements. */
export function both(words, values) {
  return LANGUAGES.map((language) => {
    const local = values && Object.fromEntries(Object.entries(values).map(([k, v]) => [k, v?.[language] ?? v]));
    return el("span", { class: language, lang: language }, text(words, language, local));
  });
}

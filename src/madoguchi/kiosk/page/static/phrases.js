/** What the machine says in English, in another language: whole sentences, with blanks for what changes. */

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** "income of {year} ({eras})" as an expression with named groups. */
function pattern(english) {
  const parts = english.split(/{(\w+)}/).map((part, index) => (index % 2 ? `(?<${part}>.+?)` : escaped(part)));
  return new RegExp(`^${parts.join("")}$`);
}

/** One language's phrases. `glue` stands between two sentences: nothing in Chinese and Japanese. */
export class Phrases {
  #fixed = new Map();
  #patterns = [];
  #glue;

  constructor(phrases, glue) {
    this.#glue = glue;
    for (const [english, said] of Object.entries(phrases)) {
      if (english.includes("{")) this.#patterns.push([pattern(english), said]);
      else this.#fixed.set(english, said);
    }
  }

  /** The translation, or undefined when a part of the text has none. */
  of(english) {
    const whole = this.#sentence(english);
    if (whole !== undefined) return whole;
    const sentences = english.split(/(?<=\.)\s+/);
    if (sentences.length === 1) return undefined;
    const said = sentences.map((sentence) => this.#sentence(sentence));
    return said.includes(undefined) ? undefined : said.join(this.#glue);
  }

  #sentence(english) {
    if (this.#fixed.has(english)) return this.#fixed.get(english);
    for (const [form, said] of this.#patterns) {
      const found = form.exec(english)?.groups;
      if (found) return said.replace(/{(\w+)}/g, (_, blank) => this.of(found[blank]) ?? found[blank]);
    }
    return undefined;
  }
}

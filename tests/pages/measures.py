"""What is measured in the browser, as functions for `page.evaluate`."""

WIDER = "document.documentElement.scrollWidth - innerWidth"
"""Pixels by which the document is wider than its window."""

_CONTRAST = """() => {
  const parts = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    const [red, green, blue] = colour.map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const ratio = (element) => {
    const ink = parts(getComputedStyle(element).color).slice(0, 3);
    const [more, less] = [light(ink), light(ground(element))].sort((one, other) => other - one);
    return (more + 0.05) / (less + 0.05);
  };
  const written = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const readable = (one) => written(one) && one.offsetParent && !one.closest(":disabled");
  const shown = [...document.querySelectorAll("body *")].filter(readable);
  return shown.map((one) => [ratio(one), one.innerText]).filter(([found]) => found < LEAST);
}"""

CONTRAST = _CONTRAST.replace("LEAST", "4.5")
"""Every piece of text whose contrast with its ground is below 4.5 (WCAG 2.2, 1.4.3)."""

ENHANCED = _CONTRAST.replace("LEAST", "7")
"""The same below 7 (WCAG 2.2, 1.4.6)."""

CLIPPED = """() => {
  const shown = (one) => one.offsetParent && !one.closest(".bullet") && getComputedStyle(one).display !== "inline";
  const wide = (one) => one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1;
  const outside = ({ left, right, width }) => width > 1 && (left < -0.5 || right > innerWidth + 0.5);
  const odd = (one) => wide(one) || outside(one.getBoundingClientRect());
  const name = (one) => `${one.tagName}.${one.className} ${one.innerText.slice(0, 40)}`;
  return [...document.querySelectorAll("#kiosk *")].filter(shown).filter(odd).map(name);
}"""
"""Whatever is wider than its box or the glass, so that a part of it could not be read."""

HIDDEN = """() => {
  const main = document.getElementById("main");
  return [main.scrollHeight - main.clientHeight, document.getElementById("kiosk").scrollHeight - innerHeight];
}"""
"""Pixels of the screen's middle, and of all of it, that are seen only after scrolling."""

SMALL = """(smallest) => {
  const small = (one) => Math.min(one.offsetWidth, one.offsetHeight) < smallest;
  const shown = [...document.querySelectorAll("button")].filter((one) => one.offsetParent);
  return shown.filter(small).map((one) => one.innerText);
}"""
"""What can be touched and is smaller than `smallest` CSS pixels."""

SPOKEN = """() => {
  const words = [...document.querySelectorAll("#kiosk :is(.first, .second, .language-name)")];
  const said = words.filter((one) => one.checkVisibility());
  const tagged = said.map((one) => [one.className, one.closest("[lang]").lang, one.textContent]);
  const wordy = (node) => node.nodeType === 3 && /\\p{L}/u.test(node.data);
  const untold = (one) => [...one.childNodes].some(wordy) && !one.closest("#kiosk [lang], .number, .claim");
  const bare = [...document.querySelectorAll("#kiosk *")].filter(untold);
  return { html: document.documentElement.lang, tagged, bare: bare.map((one) => one.textContent) };
}"""
"""Language of the document, of every pair of words, and text that says nothing of its language."""

TWICE_AS_LARGE = """() => {
  const unit = innerWidth > innerHeight ? "min(1.52cqw, 2.12cqh)" : "min(2cqw, 1.14cqh)";
  document.getElementById("kiosk").style.setProperty("--u", unit);
}"""
"""Every length of the screen doubled, text among them (WCAG 2.2, 1.4.4)."""

OVERLAPPING = """() => {
  const shown = (one) => one.checkVisibility() && !one.closest("[inert], .seen-by-ear, .more, rt");
  const words = document.querySelectorAll("#kiosk :is(.first, .second, .figure, .number, .claim, .key)");
  const main = document.getElementById("main");
  const window = getComputedStyle(main).overflowY === "visible" ? null : main.getBoundingClientRect();
  const box = (one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const seen = main.contains(one) ? window : null; // what is scrolled away lies over nothing
    return { left, right, top: Math.max(top, seen?.top ?? top), bottom: Math.min(bottom, seen?.bottom ?? bottom) };
  };
  const boxes = [...words].filter(shown).map((one) => [one, box(one)]);
  const cover = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2
    && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 2;
  const apart = ([one], [other]) => !one.contains(other) && !other.contains(one);
  const found = [];
  boxes.forEach((one, index) => boxes.slice(index + 1).forEach((other) => {
    if (apart(one, other) && cover(one[1], other[1])) found.push(`${one[0].innerText} / ${other[0].innerText}`);
  }));
  return found;
}"""
"""Pairs of texts of which one lies over the other."""

TEXT_SIZES = """() => {
  const words = [...document.querySelectorAll("#kiosk :is(.first, .number)")].filter((one) => one.checkVisibility());
  return Object.fromEntries(words.map((one) => [one.innerText, parseFloat(getComputedStyle(one).fontSize)]));
}"""
"""Pixels of every text in the chosen language."""

EDGES = _CONTRAST.replace(
    "const shown = [...document",
    """const edge = (one) => {
    const both = [parts(getComputedStyle(one).borderTopColor).slice(0, 3), ground(one.parentElement)].map(light);
    const [more, less] = both.sort((first, second) => second - first);
    return (more + 0.05) / (less + 0.05);
  };
  const buttons = [...document.querySelectorAll("#kiosk button:not(:disabled)")].filter((one) => one.checkVisibility());
  return buttons.map((one) => [edge(one), one.innerText]).filter(([found]) => found < 3);
  const shown = [...document""",
)
"""What can be touched and whose edge has a contrast below 3 with its ground (WCAG 2.2, 1.4.11)."""

LOST = f"(smallest) => [({CLIPPED})(), ({OVERLAPPING})(), ({SMALL})(smallest)]"
"""What is clipped, what lies over something else, and what is too small for a finger: three empty lists."""

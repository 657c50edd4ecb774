"""What is measured in the browser, as functions for `page.evaluate`."""

WIDER = "document.documentElement.scrollWidth - innerWidth"
"""Pixels by which the document is wider than its window."""

CONTRAST = """() => {
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
  return shown.map((one) => [ratio(one), one.innerText]).filter(([found]) => found < 4.5);
}"""
"""Every piece of text whose contrast with its ground is below 4.5 (WCAG 2.2, 1.4.3)."""

"""axe-core in a page under test: what it finds, short enough to read in a failure."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from playwright.sync_api import Page

_SOURCE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
"""The unmodified script out of the wheel, which a test alone ever loads: no page of ours knows of it."""

_RUN: Final = """async (colours) => {
  const rules = { "color-contrast": { enabled: colours } };
  const found = await axe.run(document, { resultTypes: ["violations", "incomplete"], rules });
  const said = (node) => node.any.concat(node.all, node.none).map((check) => check.message).join("; ");
  const places = (one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${said(node)}`);
  const all = (rules) => rules.flatMap(places);
  return { violations: all(found.violations), incomplete: all(found.incomplete), passes: found.passes.length };
}"""

_REDRAWN: Final = "Unable to determine previous heading"
"""What axe says when the screen was drawn anew while it looked: the headings that it knew of are gone."""


def load_axe(page: Page) -> None:
    """Once per document. The page's policy forbids foreign scripts; it does not bind the debugger, used here."""
    page.evaluate(_SOURCE)


def axe(page: Page, *, colours: bool = True) -> tuple[list[str], list[str]]:
    """What breaks a rule (WCAG A and AA to 2.2, and axe's best practices), and what axe cannot decide by itself.

    Without `colours` its one rule about them, for which it asks what lies at every point of every text, is left out:
    most of its time.
    """
    found = page.evaluate(_RUN, colours)
    if any(one.endswith(_REDRAWN) for one in found["incomplete"]):
        found = page.evaluate(_RUN, colours)
    assert found["passes"] > 10, "axe did not look"
    return found["violations"], found["incomplete"]

"""The screen in one language after another, by the keys of its list, without a way to the browser for each of them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.pages.test_languages import LANGUAGES

_SPEAK = """(number) => {
  const press = (key) =>
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  for (const key of ["*", String(number)]) press(key);
  return document.fonts.ready.then(() => document.body.dataset.language);
}"""
"""Both keys before anything is drawn: what the list itself looks like is tested by itself, and with real keys."""

_IN_EVERY_LANGUAGE = """async ([count, argument]) => {
  const speak = SPEAK;
  const found = {};
  for (let number = 1; number <= count; number += 1) found[await speak(number)] = (MEASURE)(argument);
  return found;
}""".replace("SPEAK", _SPEAK)


def speak(page: Page, number: int) -> None:
    """The language of this number in the list, with its fonts."""
    assert page.evaluate(_SPEAK, number) == LANGUAGES[number - 1]


def in_every_language(page: Page, measure: str, argument: object = None) -> dict[str, Any]:
    """What a function of `measures` finds on the screen that stands there, by language."""
    found: dict[str, Any] = page.evaluate(_IN_EVERY_LANGUAGE.replace("MEASURE", measure), [len(LANGUAGES), argument])
    assert list(found) == list(LANGUAGES)
    return found

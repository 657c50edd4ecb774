"""The shared look of every page: design tokens, fonts, message files and the headers that lock a page down.

The tokens are those of the Digital Agency's design system (MIT) and the type is Noto Sans CJK JP (OFL); both are
committed, made by `madoguchi.runtime.look.build`. Nothing is ever loaded from another host.
"""

from madoguchi.runtime.look.headers import Locked, is_loopback_host
from madoguchi.runtime.look.messages import Messages, Pair, blanks, read_texts
from madoguchi.runtime.look.serving import LOOK, look_files, page_files, templates

__all__ = [
    "LOOK",
    "Locked",
    "Messages",
    "Pair",
    "blanks",
    "is_loopback_host",
    "look_files",
    "page_files",
    "read_texts",
    "templates",
]

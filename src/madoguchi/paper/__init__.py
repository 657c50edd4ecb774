"""The paper: its number, the signed front code, the back, and laying marks around the ward's untouched pages."""

from madoguchi.paper.back import BackMaker, read_back
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, parse_unverified, read_front_code
from madoguchi.paper.lay import lay_out
from madoguchi.paper.number import new_paper_number, paper_number_text, parse_paper_number
from madoguchi.paper.picture import page_png

__all__ = [
    "FRONT_CODE",
    "BackMaker",
    "FrontCode",
    "lay_out",
    "new_paper_number",
    "page_png",
    "paper_number_text",
    "parse_paper_number",
    "parse_unverified",
    "read_back",
    "read_front_code",
]

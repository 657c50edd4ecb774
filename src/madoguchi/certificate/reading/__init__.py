"""Reading a finished PDF back: what the clerk looks at before a paper may leave the ward.

It reads ink, not only text. Nothing here knows facts, records or the composer, so that an error of the composer cannot
hide in its own reader. The numbered recipe:

 1. the file is a PDF of A4 pages without annotations, scripts, layers or encryption, and every dictionary of a page
    holds only what is on a list (`sheet`, `objects`);
 2. every font is taken apart: each code means one (character, selector) pair, no pair has two codes, and glyph,
    metrics and widths are those of the original font file for that very pair (`embedded`, `originals`, `truetype`);
 3. every operator is on a list that can only paint, in plain positions: nothing clips, hides or blends (`content`);
 4. the constant form draws the layout's tints, rules and labels, and nothing else (`constant`);
 5. the page's own layout id and page number say which layout and which page of it it is (`sheet`);
 6. every text stands wholly inside one box, in black, no larger than the box says and over no other: text anywhere
    else is refused; every value is the characters of its box in reading order, selectors and all (`places`);
 7. red stands in the seal's place alone, which holds its frames and its text (`places`);
 8. the one image lies in the square of the front code, which is read from the drawn page at 300 dpi, as a receiver's
    scanner would see it (`viewer`);
 9. pdfium, which shares no line with all this, finds the same characters on the page (`viewer`).
"""

from madoguchi.certificate.reading.sheet import Reader, ReadPage, joined_remarks, read_certificate

__all__ = ["ReadPage", "Reader", "joined_remarks", "read_certificate"]

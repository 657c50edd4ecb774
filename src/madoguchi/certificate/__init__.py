"""The certificate document. Nothing is imported here: a kiosk that hashes pages should not load a typesetter.

| module | what it holds |
|---|---|
| `kinds`, `years` | kinds as registered data; fiscal years and eras, named alike on screen and paper |
| `facts`, `taxation`, `payment`, `remarks`, `amounts` | everything that is printed, as final text |
| `layout`, `setting`, `fonts`, `seal` | boxes in millimetres, fitting text into them, exact glyphs |
| `compose`, `archival`, `fronting` | the ward's composer: one PDF for all copies and pages |
| `reading` | the clerk's door: a finished PDF taken apart by the boxes, knowing nothing of facts or Typst |
| `pages` | keyed digests of the document and of each page |
"""

"""The certificate document. Nothing is imported here: a kiosk that hashes pages should not load a typesetter.

| module | what it holds |
|---|---|
| `kinds`, `years` | kinds as registered data; fiscal years and eras, named alike on screen and paper |
| `facts`, `taxation`, `payment`, `remarks`, `amounts` | everything that is printed, as final text |
| `layout`, `setting`, `fonts`, `seal` | boxes in millimetres, fitting text into them, exact glyphs |
| `compose`, `pdf`, `fronting` | the ward's composer: one PDF for all copies and pages, written by compiling |
| `reading` | the clerk's door: a finished PDF taken apart by the boxes, knowing nothing of facts or of the composer |
| `pages` | keyed digests of the document and of each page |
"""

"""Looking at what a receiver uploads, in a process of its own that ends with it.

| module | what it knows |
|---|---|
| `seen` | what a look finds: codes, a restored back, places that differ. Octets only, nothing believed yet |
| `looking` | the look itself: pages, pairs of front and back, the comparison. Runs in the process below only |
| `ready` | what that process loads before an upload comes |
| `process` | one process per upload, its limits, and that it is seen dead |

What looks at hostile pictures signs for nothing: `checking` verifies every signature in the page's own process. Where a
front differs is this process's word; an upload that takes it over can hide its own differences, and nobody else's.
"""

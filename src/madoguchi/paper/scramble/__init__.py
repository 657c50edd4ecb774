"""スクランブル画像: the sealed front of a sheet, coded against damage and drawn as cells on its back.

| module | what it knows |
|---|---|
| `noise` | numbers that look random and are the same everywhere |
| `code` | the error-correcting code and its ladder of rates; encoding |
| `decoding` | soft decoding, for whoever reads a damaged sheet |
| `envelope` | header, strips, authenticated encryption |
| `content` | what is sealed: the ward's signed front code and the page description |
| `raster` | what is sealed for any other front: its pixels |
| `rendering` | a page of a PDF to its raster |
| `field` | where markers, pilots and data lie, in cells |
| `drawing` | content to cells |
| `reading` | cells, hard or soft, to content |
| `registration` | a picture to where its cells lie |
| `equalising` | a picture to soft cells |
| `restoring` | a picture to content |

`docs/scramble-image.md` describes it byte by byte. Nothing is imported here: who draws needs no reader.
"""

"""Adapters: what another system writes, read as our records by a mapping file, without code.

`convert(map_file, source=, target=)` writes a records directory from fixed-length records (`fixed`) or from another
CSV (`delimited`). Every cell passes the same checks as our own files; a fault names both columns, theirs and ours.
"""

from madoguchi.records.adapters.convert import Converted, convert
from madoguchi.records.adapters.mapping import Mapping, load_mapping

__all__ = ["Converted", "Mapping", "convert", "load_mapping"]

"""`./madoguchi bench paper`: the marks of a sheet and their laying, beside the naive way.

| module | what it holds |
|---|---|
| `naive` | the naive way: both sides as bitmaps of 600 dpi |
| `run` | sheets of a dummy ward, through the center's maker, the kiosk's laying and the naive way |
| `report` | the table and the JSON |
"""

"""The calibration of けん制文字: a chart of steps for one model of printer, and what a scan of it says.

| module | what it knows |
|---|---|
| `steps` | which steps a chart has, where they lie, and how its code names them |
| `chart` | the chart as a PDF |
| `reading` | a scan of the printed chart to the setting |

Only `reading` loads the libraries that look at pictures.
"""

"""`./madoguchi bench certificate`: our composer beside engines that draw the same page from the same layout data.

| module | what it holds |
|---|---|
| `subjects` | generated residents and the certificates that can be made for them |
| `placing` | what stands where on a sheet: the one drawing that every peer repeats |
| `engines` | the peers, one file each, and our own composer behind the same protocol |
| `ward`, `own_way` | the ward that issues, and the stages of our own way |
| `measuring`, `moment` | who runs when: interleaved, each engine its share of the time |
| `alone` | a process that only composes: memory and start-up |
| `pictures`, `checking` | whether what was measured was right: values read back, pages compared by pixels |
| `run`, `report` | from generating the ward to the table and the JSON |
"""

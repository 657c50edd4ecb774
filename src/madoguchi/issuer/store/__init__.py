"""What the issuing server keeps of what the ward's systems sent: sealed rows under a keyed index, by generations.

| module | what it knows |
|---|---|
| `index` | the keyed names under which rows are found: no addressee number and no serial stands in a column |
| `keys` | data keys, one for persons and one per fiscal year, wrapped by a key-encryption key in a file |
| `cells` | sealing and opening one cell, and the rows as COPY takes them |
| `visible` | which rows a transaction may see, and that a change of them and an issue never overlap |
| `generations` | writing a snapshot beside what is in force, switching it in, a delta in place |
| `rotation` | new data keys, and every cell moved under them |
| `retention` | years that are over: rows, key, and the proof |
"""

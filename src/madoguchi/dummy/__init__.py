"""The dummy ward 窓口区: invented residents with every edge case, and their tax through the real rules.

`write_ward(directory, residents=…, seed=…)` writes the records directory and `cases.json`, which names the people whom
demonstrations and tests call by case ("plain", "yoshida_u20bb7", "suppressed", …).
"""

from madoguchi.dummy.generate import AS_OF, CASES_FILE, LEAST_RESIDENTS, write_ward
from madoguchi.dummy.places import WARD_CODE, WARD_NAME, WARD_NAME_EN

__all__ = ["AS_OF", "CASES_FILE", "LEAST_RESIDENTS", "WARD_CODE", "WARD_NAME", "WARD_NAME_EN", "write_ward"]

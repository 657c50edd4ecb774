"""`./madoguchi bench verify`: how long a receiver waits for the answer about a scanned sheet.

Front, back and both sides of sheets of generated people, printed and scanned in a simple simulation, looked at by the
program that the page for receivers, `verify FILE…` and the API use. Signatures and the ward's status are not asked:
they take milliseconds.
"""

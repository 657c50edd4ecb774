"""The kiosk (キオスク端末): the machine in the store that the resident operates: steps 1 to 4, 7 and 8 of the chain.

`machine` decides and does nothing, `agent` does and decides nothing; `memory` holds one transaction and dies with it;
`checking` is the safeguard equal to a clerk who looks at the paper before handing it over; `journal` is what the next
life of this process needs to settle the money.
"""

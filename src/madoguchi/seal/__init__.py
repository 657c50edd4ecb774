"""Sign, then seal (HPKE, RFC 9180 base mode): what only one receiver can open, once, for one purpose.

Base mode lets anyone seal to a public key and lets a seal be opened again. So what is sealed is always signed inside,
the `info` names the purpose completely, and the receiver opens one seal per (transaction, type).
"""

from madoguchi.seal.hpke import Purpose, SealingKey, seal, seal_key, sealing_key_id

__all__ = ["Purpose", "SealingKey", "seal", "seal_key", "sealing_key_id"]

"""The one catalogue of problems: stable codes, and a text for each of three readers.

A resident reads what to do next (Japanese first, English beside it), a clerk reads what happened, an engineer reads the
code and the cause. No text ever holds personal data; `cause` neither.
"""

from madoguchi.errors.problem import MadoguchiError, Problem, PublicReason, Text, all_problems, problem

__all__ = ["MadoguchiError", "Problem", "PublicReason", "Text", "all_problems", "problem"]

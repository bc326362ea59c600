"""Formulas as LaTeX: OMML of Office documents; the symbols and pieces that any other notation shares with it."""

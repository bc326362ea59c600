"""The chaos suite: one fault at a time, each in the middle of a job over real documents on the real stack, and what was lost.

`make chaos`, or `PYTHONPATH=tests python -m chaos --help`. What is claimed is read from triggers that the suite puts into the
database (chaos.evidence), not from what the product says of itself.
"""

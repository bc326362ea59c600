"""Headings of a page: which blocks are some, and of which level."""

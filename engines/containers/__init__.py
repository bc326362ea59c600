"""Bytes that several formats have in common: ZIP packages, Office XML with its equations and charts, PDF, encodings."""

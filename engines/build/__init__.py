"""What every reader makes pages with, whatever the format: items, inline text, tables, numbering, images."""

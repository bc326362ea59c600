"""Words with their places become lines, columns, paragraphs, headings, lists and tables in reading order."""

"""Tables of a page: by rules and shades that are drawn, by alignment, by both."""

"""The formats, a folder or a file for each family; `registry` has the table of them. They meet in `build` and `containers` only."""

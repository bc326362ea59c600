"""Documents as paper: printed by LibreOffice or Chromium, and pictures of the pages."""

"""Resources under `/api/v2`."""

"""Resources under `/api/v1`, as older clients ask for them."""

"""Resources under `/api/v1/beta`: batch jobs and what they are made of."""

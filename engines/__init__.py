"""Engines turn bytes and parameters into a Document. They know no SQL, no Celery, no Flask and no settings."""

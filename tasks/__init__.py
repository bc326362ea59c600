"""When work happens. SQL is the truth; a Celery message only wakes somebody up.

Tasks carry ids and nothing else. What the broker loses, the reconciler finds in SQL and sends again; what it delivers
twice, a compare-and-set in models refuses. So every task may run at any time, twice, late, or on two machines at once.
"""

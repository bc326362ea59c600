"""Language models: what is asked of one, how its answers are judged, and the client that the worker asks with."""

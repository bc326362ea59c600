"""The shape of JSON on the wire: what is accepted, refused and answered. No schema knows a table or a web framework."""

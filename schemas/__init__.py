"""The shape of JSON on the wire: what is accepted, refused and answered. Some read rows of models; none knows a web framework."""

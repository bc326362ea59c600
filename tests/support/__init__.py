"""What tests share: real servers and stacks, documents of all kinds, and ways to wait. Never imported from another test."""

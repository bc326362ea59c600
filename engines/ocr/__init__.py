"""Text that is only in pictures: when a page needs it, and the words that were recognised as items."""

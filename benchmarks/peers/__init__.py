"""Other programs that answer the same questions, each behind the same few calls."""

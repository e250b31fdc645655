"""The ground floor: clock, tokens, keys, hashing, database, budgets. Knows nothing of sign-ins."""

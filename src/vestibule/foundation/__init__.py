"""The ground floor: clock, tokens, keys, hashing, database and budgets. It knows nothing about signing in."""

"""A new second step in place of one that was lost: after a waiting time that everybody hears of."""

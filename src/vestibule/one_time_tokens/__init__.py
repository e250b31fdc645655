"""Links that work once, for a while, for one account and one purpose."""

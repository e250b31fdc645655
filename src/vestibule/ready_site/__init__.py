"""The site that `vestibule run` starts: a host of the extension like any other."""

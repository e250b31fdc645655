"""What operators and their programs ask of a running site: health, metrics, a line per request."""

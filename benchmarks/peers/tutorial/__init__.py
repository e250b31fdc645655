"""What a tutorial teaches: Flask, Flask-Login, Flask-SQLAlchemy, pyotp and an hour of work."""

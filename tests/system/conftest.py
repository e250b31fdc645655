"""What the system tests have at hand. Each module has a site of its own."""

from tests.support.journeys import browser, visitor

__all__ = ["browser", "visitor"]

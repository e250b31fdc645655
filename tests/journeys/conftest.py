"""What every journey has at hand."""

from tests.support.journeys import browser, site, visitor

__all__ = ["browser", "site", "visitor"]

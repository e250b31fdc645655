"""What every journey has at hand."""

from tests.stories import make
from tests.support.journeys import browser, site, visitor

__all__ = ["browser", "make", "site", "visitor"]

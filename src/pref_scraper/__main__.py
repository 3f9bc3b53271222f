"""`python -m pref_scraper` is `pref-scraper`."""

from .cli import main

main()

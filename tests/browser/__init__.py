"""The pages of `serve` in a real browser: headless Chromium from the system's packages, driven by Playwright.

Without one on the machine these tests are skipped, which they say; where CI is set, they fail.
"""

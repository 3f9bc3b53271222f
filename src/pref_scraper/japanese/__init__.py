"""Width, years and money: small pure grammars for printed Japanese.

Nothing here knows of pages. Each module reads text and returns values, or None
where the text is not of its shape; nothing is guessed.
"""

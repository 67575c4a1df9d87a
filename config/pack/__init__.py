"""The country pack: areas, places, committees, categories, words and numbers, as data.

`country.py` holds the values that a pack consists of; `loader.py` reads a folder and checks it as a whole.
"""

from config.pack.country import Area, Category, Committee, EmergencyNumber, Language, Level, Pack, PackError, Place

__all__ = ["Area", "Category", "Committee", "EmergencyNumber", "Language", "Level", "Pack", "PackError", "Place"]

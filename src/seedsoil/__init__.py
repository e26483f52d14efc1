"""seedsoil: a simulator of metastatic bone disease. For research and teaching; not a medical device."""

__version__ = "0.1.0"

from .shop import opened

__all__ = ["opened"]

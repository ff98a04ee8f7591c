"""Response curves that other tools fitted, as rows of ``response_curves``."""

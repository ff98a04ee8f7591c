"""A run as an Excel workbook that finance can sign: every number is the run's own, or a live formula over such."""

"""A solved program becomes what people read: tables, prices, reasons, checks and a run folder."""

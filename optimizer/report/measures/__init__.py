"""What every number that the outputs show means: one definition for marketing and operations, made from the model."""

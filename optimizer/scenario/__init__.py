"""A scenario folder becomes validated facts. Nothing in here knows about linear programs."""

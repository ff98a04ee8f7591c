"""What a week asks for: budgets on the ad platforms, and alerts."""

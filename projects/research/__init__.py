"""What is known of packages today: versions, dates, a compatible pinned set, curated facts."""

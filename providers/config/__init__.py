"""What a workspace configured, as one document: `models.yaml`, its schema, its history."""

"""What all pages share: the frame, the words for states, error pages, the admin's frame."""

"""The HTTP edge: who asks, what they sent, how we answer. Knows no business."""

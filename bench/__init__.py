"""What is measured, not tested: ``python -m bench`` prints tables and one JSON object per figure."""

"""What every page shares: base template, macros, navigation, error pages, filters, static files. No business."""

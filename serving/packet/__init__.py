"""Appeal packets: letter, checklist and replacement claim for one open denial."""

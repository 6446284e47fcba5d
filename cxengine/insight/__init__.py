"""From measurements to findings: pain and love, heatmap, emotion curve."""

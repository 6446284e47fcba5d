"""The standard plugins: file source, metrics, area grouping and file exporters."""
